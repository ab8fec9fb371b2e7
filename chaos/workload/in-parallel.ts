/** Does `work` for each item, so many at once; the results are in the order of the items. */
export async function inParallel<T, R>(items: Iterable<T>, atOnce: number, work: (item: T) => Promise<R>) {
  const results: R[] = []
  const queue = [...items].entries()
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return results
}
