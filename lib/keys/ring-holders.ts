import type { Clock } from '../clock.ts'

type StoreName = 'redis' | 'postgres'

/** Which stores are known to hold the ring in memory, and since when by their own word. Times are monotonic milliseconds. */
export class RingHolders {
  readonly #clock: Clock
  readonly #holders = new Set<StoreName>()
  readonly #confirmedAt = new Map<StoreName, number>()
  #adoptedAt = Number.NEGATIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Another ring came into memory; nobody is known to hold it yet. */
  adopted(): void {
    this.#holders.clear()
    this.#adoptedAt = this.#clock.monotonic()
  }

  /** A store holds what is in memory. */
  holds(store: StoreName): void {
    this.#holders.add(store)
  }

  /** A store was asked, and knows nothing newer than what is in memory. */
  confirmed(store: StoreName): void {
    this.#confirmedAt.set(store, this.#clock.monotonic())
  }

  has(store: StoreName): boolean {
    return this.#holders.has(store)
  }

  /** Milliseconds since any store had the last word. */
  get ageMs(): number {
    return this.#clock.monotonic() - Math.max(this.#adoptedAt, ...this.#confirmedAt.values())
  }

  /** True when this store has confirmed the ring after `monotonicMs`. */
  confirmedSince(store: StoreName, monotonicMs: number): boolean {
    return (this.#confirmedAt.get(store) ?? Number.NEGATIVE_INFINITY) >= monotonicMs
  }
}
