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

  /**
   * @param check must not throw: what it finds out is its own affair
   * @param intervalMs asked after each check: milliseconds until the next
   */
  constructor(check: () => Promise<void>, intervalMs: () => number) {
    this.#check = check
    this.#intervalMs = intervalMs
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
    await this.#check()
    this.#running = undefined
    if (this.#stopped) return
    this.#timer = setTimeout(() => void this.now(), this.#intervalMs())
    this.#timer.unref()
  }
}
