import type { Clock } from '../api.ts'
import { timer } from '../net/timers.ts'

/** Within this time every instance of the issuer has heard what one of them did. */
const PATIENCE_MS = 1000
/** After a wait for nothing nobody waits again for so long: most key ids that nobody knows are invented. */
const PAUSE_MS = 10_000

/**
 * Waits for news of a key that one instance of the issuer may have made a moment ago, while the one that was asked did not
 * know it yet. All wait together.
 */
export class LateNews {
  readonly #clock: Clock
  #waiting: Promise<boolean> | undefined
  #end = (_hasCome: boolean) => {}
  #notBefore = Number.NEGATIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Resolves with true when there is news, with false when it does not come. */
  wait(): Promise<boolean> {
    if (this.#waiting !== undefined) return this.#waiting
    if (this.#clock.monotonic() < this.#notBefore) return Promise.resolve(false)
    this.#waiting = new Promise((resolve) => {
      const stop = timer(PATIENCE_MS, () => {
        this.#notBefore = this.#clock.monotonic() + PAUSE_MS
        this.#end(false)
      })
      this.#end = (hasCome) => {
        stop()
        this.#waiting = undefined
        resolve(hasCome)
      }
    })
    return this.#waiting
  }

  arrived(): void {
    this.#notBefore = Number.NEGATIVE_INFINITY
    this.#end(true)
  }

  /** Nothing will come any more. */
  close(): void {
    this.#end(false)
  }
}
