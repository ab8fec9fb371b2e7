/**
 * Finds a small part of some items that still fails, by delta debugging: halves and what is left without them, then
 * quarters, and so on, until no single item can go. `Simplifying and Isolating Failure-Inducing Input`, Zeller and
 * Hildebrandt, 2002.
 *
 * @param fails whether a part fails; asked once for each. The whole is taken to fail
 * @param goOn asked before each question; false ends it with the smallest part that has failed by then
 */
export async function ddmin<T>(
  items: readonly T[],
  fails: (part: readonly T[]) => Promise<boolean>,
  goOn: () => boolean = () => true,
): Promise<readonly T[]> {
  const known = new Map<string, boolean>()
  async function ask(part: readonly T[]): Promise<boolean> {
    const key = part.map((item) => items.indexOf(item)).join()
    const answer = known.get(key) ?? (goOn() && (await fails(part)))
    known.set(key, answer)
    return answer
  }
  async function firstThatFails(parts: readonly (readonly T[])[]): Promise<readonly T[] | undefined> {
    for (const part of parts) if (await ask(part)) return part
    return undefined
  }

  // Nothing at all comes first: then it was none of them.
  if (await ask([])) return []
  let current = items
  for (let count = 2; current.length > 1; ) {
    const parts = split(current, count)
    const part = await firstThatFails(parts)
    const rest = part ?? (await firstThatFails(parts.map((one) => current.filter((item) => !one.includes(item)))))
    if (rest !== undefined) {
      current = rest
      count = part === undefined ? Math.max(2, count - 1) : 2
    } else if (count < current.length) count = Math.min(current.length, 2 * count)
    else break
  }
  return current
}

/** So many parts, as even as they can be; none is empty. */
function split<T>(items: readonly T[], count: number): readonly (readonly T[])[] {
  const edge = (i: number) => Math.round((i * items.length) / count)
  return Array.from({ length: count }, (_, i) => items.slice(edge(i), edge(i + 1))).filter(({ length }) => length > 0)
}
