/**
 * Runs `check` again and again, never twice at once.
 *
 * It goes through the dependency's guard, so a breaker opens and closes with no user traffic.
 */
export class Probe {
  readonly #check: () => Promise<void>
  readonly #intervalMs: () => number
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #stopped = true
  #lastMs = 0

  /**
   * @param check must not throw: what it finds out is its own affair
   * @param intervalMs asked after each check: milliseconds until the next
   */
  constructor(check: () => Promise<void>, intervalMs: () => number) {
    this.#check = check
    this.#intervalMs = intervalMs
  }

  /** How long the last check took, in milliseconds. */
  get lastMs(): number {
    return this.#lastMs
  }

  /** Begins with a first check at once, and resolves when that has ended. */
  start(): Promise<void> {
    this.#stopped = false
    return this.now()
  }

  /** Checks now, or joins the check that is under way. */
  now(): Promise<void> {
    if (this.#stopped) return Promise.resolve()
    this.#running ??= this.#run()
    return this.#running
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  async #run(): Promise<void> {
    clearTimeout(this.#timer)
    const start = performance.now()
    await this.#check()
    this.#lastMs = performance.now() - start
    this.#running = undefined
    if (this.#stopped) return
    this.#timer = setTimeout(() => void this.now(), this.#intervalMs())
    this.#timer.unref()
  }
}
