/** Looks come a few times a second; a longer gap between two is an absence. */
export const MIN_ABSENCE_MS = 1000

/** A span of time, in milliseconds since the epoch; empty when both are the same. */
export interface TimeSpan {
  readonly from: number
  readonly to: number
}

/**
 * When this instance was last out of touch with a store, as the gap between two good looks at it, by the clock of the
 * store. Absences that follow each other closely are one.
 */
export class Absence {
  readonly #joinMs: number
  #lastLook = 0
  #span: TimeSpan = { from: 0, to: 0 }

  /** @param joinMs an absence that begins so soon after the one before continues it */
  constructor(joinMs: number) {
    this.#joinMs = joinMs
  }

  get span(): TimeSpan {
    return this.#span
  }

  /**
   * Notes a good look.
   *
   * @param at by the clock of the store
   * @param ofAll when no instance was in touch with the store, the last time: what a new instance goes by
   */
  looked(at: number, ofAll: TimeSpan): void {
    const last = this.#lastLook
    this.#lastLook = at
    if (last === 0) {
      this.#span = ofAll
      return
    }
    if (at - last < MIN_ABSENCE_MS) return
    const continues = last - this.#span.to <= this.#joinMs
    this.#span = { from: continues ? this.#span.from : last, to: at }
  }
}
