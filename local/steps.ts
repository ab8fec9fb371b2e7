/** Prints the progress of the launcher: one line per step, when the step is done. */
export interface Steps {
  /**
   * Does one step and prints what it came to and how long it took.
   *
   * @param work returns its result and the text for the line; `say` prints a line of its own before something slow
   */
  step<T>(name: string, work: (say: (text: string) => void) => Promise<{ result: T; text: string }>): Promise<T>
  line(name: string, text: string): void
}

const NAME_WIDTH = 12

/** @param now milliseconds, of a clock that only goes forward */
export function steps(write: (text: string) => void, now: () => number = () => performance.now()): Steps {
  const line = (name: string, text: string): void => write(`  ${name.padEnd(NAME_WIDTH)}${text}\n`)
  return {
    line,
    async step(name, work) {
      const start = now()
      const { result, text } = await work((note) => line(name, note))
      line(name, `${text} (${((now() - start) / 1_000).toFixed(1)} s)`)
      return result
    },
  }
}
