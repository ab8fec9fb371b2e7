import type { Clock } from '../api.ts'

/** An answer that is this young says what keys there are; nobody is asked again. */
const YOUNG_MS = 1000
const MOST_MS = 10_000
/** After such a quiet time the pauses are short again. */
const QUIET_MS = 60_000
const MAX_REMEMBERED = 1000

/**
 * How often unknown key ids may make us ask: at once, then at most every second, and less and less often as long as
 * nothing new is found, so that whoever invents key ids can not make us flood the issuer.
 */
export class LookUps {
  readonly #clock: Clock
  #askedAt = Number.NEGATIVE_INFINITY
  #pauseMs = YOUNG_MS
  readonly #absent = new Set<string>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** True when the last look is as good as another: the first pause is as long. */
  get isYoung(): boolean {
    return this.#clock.monotonic() - this.#askedAt < YOUNG_MS
  }

  /** Milliseconds until the next look is allowed; 0 when it is now. */
  get waitMs(): number {
    return Math.max(0, this.#askedAt + this.#pauseMs - this.#clock.monotonic())
  }

  asked(): void {
    const now = this.#clock.monotonic()
    if (now - this.#askedAt > QUIET_MS) this.reset()
    this.#askedAt = now
    this.#pauseMs = Math.min(this.#pauseMs * 2, MOST_MS)
  }

  /** The issuer was asked for this key id, and had no such key. */
  foundNothing(kid: string): void {
    if (this.#absent.size < MAX_REMEMBERED) this.#absent.add(kid)
  }

  /** True when it was asked for since the keys last changed, in vain. Nobody can guess the id of a key to come. */
  wasInVain(kid: string): boolean {
    return this.#absent.has(kid)
  }

  /** The keys changed, or the issuer can be reached again: the next look is worth it. */
  reset(): void {
    this.#pauseMs = YOUNG_MS
    this.#askedAt = Number.NEGATIVE_INFINITY
    this.#absent.clear()
  }
}
