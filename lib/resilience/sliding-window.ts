import { CircuitState, type IBreaker } from 'cockatiel'
import type { Clock } from '../clock.ts'

const SLICES = 100

export interface WindowOptions {
  /** Length of the window in milliseconds. */
  readonly windowMs: number
  /** Opens when more than this fraction of the calls failed. */
  readonly threshold: number
  /** Opens only when at least this many calls were made. */
  readonly minimumCalls: number
}

/**
 * Decides when a breaker opens: more than `threshold` of the calls of the last `windowMs` failed, and there were at least
 * `minimumCalls`. The window slides by the clock, in hundredths of its length, with or without traffic; cockatiel's own
 * SamplingBreaker ages by calls (docs/adr/0001-guard.md).
 */
export class SlidingWindow implements IBreaker {
  state: unknown
  /** Tells whether the breaker is closed now: a call begun earlier that ends when it is not must not count. */
  isClosed: () => boolean = () => true
  readonly #options: WindowOptions
  readonly #clock: Clock
  readonly #sliceMs: number
  readonly #slices: { index: number; calls: number; failures: number }[]

  constructor(options: WindowOptions, clock: Clock) {
    this.#options = options
    this.#clock = clock
    this.#sliceMs = options.windowMs / SLICES
    this.#slices = Array.from({ length: SLICES }, () => ({ index: -1, calls: 0, failures: 0 }))
  }

  success(state: CircuitState): void {
    if (state === CircuitState.HalfOpen) this.clear()
    else this.#record(0)
  }

  failure(state: CircuitState): boolean {
    if (state === CircuitState.HalfOpen) return true
    if (!this.isClosed()) return false
    this.#record(1)
    const { calls, failures } = this.counts()
    return calls >= this.#options.minimumCalls && failures > this.#options.threshold * calls
  }

  /** Calls and failures of the last `windowMs`. */
  counts(): { calls: number; failures: number } {
    const oldest = this.#now() - SLICES
    let calls = 0
    let failures = 0
    for (const slice of this.#slices) {
      if (slice.index <= oldest) continue
      calls += slice.calls
      failures += slice.failures
    }
    return { calls, failures }
  }

  clear(): void {
    for (const slice of this.#slices) Object.assign(slice, { index: -1, calls: 0, failures: 0 })
  }

  #now(): number {
    return Math.floor(this.#clock.monotonic() / this.#sliceMs)
  }

  #record(failures: 0 | 1): void {
    const index = this.#now()
    const slice = this.#slices[index % SLICES]
    if (slice === undefined) return
    if (slice.index !== index) Object.assign(slice, { index, calls: 0, failures: 0 })
    slice.calls += 1
    slice.failures += failures
  }
}
