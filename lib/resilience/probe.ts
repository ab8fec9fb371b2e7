const FRESH_SPACING_MS = 50
/** A longer timer fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1

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
  #lastStart = Number.NEGATIVE_INFINITY
  #next: Promise<void> | undefined

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

  /**
   * A check that begins after this call: one that is under way may have looked before. Many calls share one check, and
   * checks begin at least 50 ms apart, so that a flood of calls is a trickle of checks.
   */
  fresh(): Promise<void> {
    this.#next ??= this.#afterThis()
    return this.#next
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  async #afterThis(): Promise<void> {
    await this.#running
    const wait = this.#lastStart + FRESH_SPACING_MS - performance.now()
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
    this.#next = undefined
    await this.#running
    await this.now()
  }

  async #run(): Promise<void> {
    clearTimeout(this.#timer)
    this.#lastStart = performance.now()
    await this.#check()
    this.#lastMs = performance.now() - this.#lastStart
    this.#running = undefined
    if (this.#stopped) return
    this.#timer = setTimeout(() => void this.now(), Math.min(this.#intervalMs(), MAX_TIMER_MS))
    this.#timer.unref()
  }
}
