const REMEMBERED = 10

/**
 * The clock of a store, as seen from our monotonic one; milliseconds. It is never ahead of the store's own: the store told
 * its time before its answer was here, so that much has passed there at least. A deadline by it comes too early rather than
 * too late, for a call that was given up must not take effect afterwards. The best of the last answers counts.
 */
export class RemoteClock {
  readonly #leads: number[] = []

  /** True once the store has told its time. */
  get isKnown(): boolean {
    return this.#leads.length > 0
  }

  /**
   * @param time what the store said, in milliseconds since the epoch
   * @param monotonic when its answer was here
   */
  heard(time: number, monotonic: number): void {
    this.#leads.push(time - monotonic)
    if (this.#leads.length > REMEMBERED) this.#leads.shift()
  }

  /** What the clock of the store shows at least at that monotonic time; whole milliseconds. */
  at(monotonic: number): number {
    return Math.floor(monotonic + Math.max(...this.#leads))
  }
}
