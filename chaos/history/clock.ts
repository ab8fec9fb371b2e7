/** The variable that hands a run's origin to the processes that it starts. */
export const ORIGIN_VARIABLE = 'CHAOS_RUN_ORIGIN'

const NS_PER_US = 1000n
const US_PER_MS = 1000

/**
 * The clock of a run: milliseconds since its start, to the microsecond, monotonic. It counts from one origin on
 * CLOCK_MONOTONIC, which all processes of a machine share, so their histories can be laid side by side.
 */
export class RunClock {
  /** For `ORIGIN_VARIABLE` in the environment of another process of the run. */
  readonly origin: string
  readonly #origin: bigint

  /**
   * @param origin of a run that has begun already; without one a run begins now
   * @throws Error when it is no number of nanoseconds, or one that is yet to come: of another machine or boot
   */
  constructor(origin?: string | undefined) {
    const now = process.hrtime.bigint()
    if (origin !== undefined && !(/^\d+$/.test(origin) && BigInt(origin) <= now)) {
      throw new Error(`${ORIGIN_VARIABLE}: ${origin} is not a moment of this machine's monotonic clock`)
    }
    this.#origin = origin === undefined ? now : BigInt(origin)
    this.origin = String(this.#origin)
  }

  /** Milliseconds since the run's start. */
  now(): number {
    return Number((process.hrtime.bigint() - this.#origin) / NS_PER_US) / US_PER_MS
  }

  /**
   * The same moment on this clock.
   *
   * @param ms milliseconds since the epoch: `exp` of a token times 1000, `time` of a log line. The result is as exact
   *   as the wall clock, a millisecond, and wrong by as much as that was set since.
   */
  fromEpoch(ms: number): number {
    return this.now() - (Date.now() - ms)
  }
}
