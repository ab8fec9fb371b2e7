import { timer } from './net/timers.ts'
import type { Settings } from './settings.ts'

export interface Ages {
  readonly keysAgeMs: number
  readonly revocationsAgeMs: number
}

/** Judges whether what the verifier knows is too old, and tells when that changes. */
export class Freshness {
  readonly #settings: Settings
  readonly #ages: () => Ages
  readonly #onChange: (isStale: boolean, ages: Ages) => void
  #wasStale = false
  #stopTimer = () => {}

  constructor(settings: Settings, ages: () => Ages, onChange: (isStale: boolean, ages: Ages) => void) {
    this.#settings = settings
    this.#ages = ages
    this.#onChange = onChange
  }

  /** Milliseconds until the bound is passed if the issuer stays silent; 0 when it is, Infinity when there is none. */
  get leftMs(): number {
    const { keysAgeMs, revocationsAgeMs } = this.#ages()
    const { maxStalenessMs } = this.#settings
    if (maxStalenessMs === Number.POSITIVE_INFINITY) return maxStalenessMs
    return Math.max(0, maxStalenessMs - Math.max(keysAgeMs, revocationsAgeMs))
  }

  /** Tells of a change since the last time, and looks again when the next may come. */
  check(): boolean {
    this.#stopTimer()
    const leftMs = this.leftMs
    const isStale = leftMs === 0
    if (isStale !== this.#wasStale) {
      this.#wasStale = isStale
      this.#onChange(isStale, this.#ages())
    }
    if (leftMs > 0 && leftMs < Number.POSITIVE_INFINITY) this.#stopTimer = timer(leftMs, () => this.check())
    return isStale
  }

  close(): void {
    this.#stopTimer()
  }
}
