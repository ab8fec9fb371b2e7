import type { Clock } from '../clock.ts'
import { overloaded } from '../errors.ts'

/** Delay of the event loop, in milliseconds, beyond which new work is refused, and beyond which everything is. */
const NEW_WORK_DELAY_MS = 500
const ANY_WORK_DELAY_MS = 2000
/** How often it is looked at, and how long a sample is. */
export const TICK_MS = 100
const SAMPLE_MS = 500
/** The start itself keeps the event loop busy; that is no load. */
const SETTLING_MS = 1000
const RETRY_AFTER_MS = 1000
const RETRY_SPREAD_MS = 2000

export interface LoadSheddingOptions {
  readonly clock: Clock
  readonly random: () => number
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
  #lastTick = Number.NaN
  #sampleBegan = Number.NaN
  #ticks = 0
  #late = 0

  constructor(options: LoadSheddingOptions) {
    this.#options = options
  }

  /** Requests refused so far. */
  get shed(): number {
    return this.#shed
  }

  /**
   * Called by a timer of `TICK_MS`: the event loop is as late as the timer is.
   *
   * @param now milliseconds since the process began, by the clock that its timers go by
   */
  tick(now: number): void {
    const delay = now - this.#lastTick - TICK_MS
    this.#lastTick = now
    if (Number.isNaN(delay)) {
      this.#sampleBegan = now
      return
    }
    this.#late += Math.max(0, delay)
    this.#ticks += 1
    if (now - this.#sampleBegan < SAMPLE_MS) return
    this.#sampleBefore = this.#sample
    this.#sample = this.#late / this.#ticks
    this.#sampleBegan = now
    this.#late = this.#ticks = 0
  }

  /** By how much the event loop is late, in milliseconds: the mean of a sample, the better one of the last two. */
  get lateMs(): number {
    return Math.min(this.#sample, this.#sampleBefore)
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
    if (this.lateMs <= limitMs || clock.monotonic() - this.#readyAt < SETTLING_MS) return
    this.#shed += 1
    throw overloaded(RETRY_AFTER_MS + random() * RETRY_SPREAD_MS)
  }
}
