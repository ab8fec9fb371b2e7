import type { IBackoff } from 'cockatiel'
import type { Clock } from '../clock.ts'

/**
 * How long a breaker stays open, measured with the monotonic clock.
 *
 * Cockatiel compares `Date.now() - openedAt` with `duration` at each call, so a wall clock that is set back would hold a
 * breaker open. The duration given here is minus infinity once the time has passed and infinity before.
 */
export class HalfOpenAfter implements IBackoff<unknown> {
  readonly #afterMs: number
  readonly #clock: Clock
  #openedAt = 0

  constructor(afterMs: number, clock: Clock) {
    this.#afterMs = afterMs
    this.#clock = clock
  }

  /** Called by cockatiel each time the breaker opens. */
  next(): this {
    this.#openedAt = this.#clock.monotonic()
    return this
  }

  get duration(): number {
    return this.remainingMs > 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY
  }

  /** Milliseconds until the next trial may run, 0 when it may. */
  get remainingMs(): number {
    return Math.max(0, this.#openedAt + this.#afterMs - this.#clock.monotonic())
  }
}
