import type { Clock } from '../clock.ts'
import { overloaded } from '../errors.ts'

/** Delay of the event loop, in milliseconds, beyond which new work is refused, and beyond which everything is. */
const NEW_WORK_DELAY_MS = 500
const ANY_WORK_DELAY_MS = 2000
/** The start itself keeps the event loop busy; that is no load. */
const SETTLING_MS = 1000
const RETRY_AFTER_MS = 1000
const RETRY_SPREAD_MS = 2000

export interface LoadSheddingOptions {
  readonly clock: Clock
  readonly random: () => number
  /** Mean delay of the event loop in the last sample, in milliseconds. */
  readonly delayMs: () => number
}

/**
 * Refuses at once while the event loop is so late that queueing would only make it later. It is late when its last two
 * samples say so: one long pause (a frozen container, a machine that was moved) is over when it can be measured.
 */
export class LoadShedding {
  readonly #options: LoadSheddingOptions
  #readyAt = Number.POSITIVE_INFINITY
  #shed = 0
  #sample = 0
  #sampleBefore = 0

  constructor(options: LoadSheddingOptions) {
    this.#options = options
  }

  /** Requests refused so far. */
  get shed(): number {
    return this.#shed
  }

  /** The start is over. */
  ready(): void {
    this.#readyAt = this.#options.clock.monotonic()
  }

  /** @throws AppError `overloaded` */
  refuseAnyWork(): void {
    this.#refuseBeyond(ANY_WORK_DELAY_MS)
  }

  /**
   * Refuses new work that can wait (a login) already while the event loop is somewhat late, so that what keeps users
   * logged in (a refresh, a verification) catches up first.
   *
   * @throws AppError `overloaded`
   */
  refuseNewWork(): void {
    this.#refuseBeyond(NEW_WORK_DELAY_MS)
  }

  #refuseBeyond(limitMs: number): void {
    const { clock, random } = this.#options
    if (this.#lateMs() <= limitMs || clock.monotonic() - this.#readyAt < SETTLING_MS) return
    this.#shed += 1
    throw overloaded(RETRY_AFTER_MS + random() * RETRY_SPREAD_MS)
  }

  /** A mean over some hundred delays: another value is another sample. */
  #lateMs(): number {
    const sample = this.#options.delayMs()
    if (sample !== this.#sample) {
      this.#sampleBefore = this.#sample
      this.#sample = sample
    }
    return Math.min(this.#sample, this.#sampleBefore)
  }
}
