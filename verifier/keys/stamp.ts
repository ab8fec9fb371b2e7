import type { Clock } from '../api.ts'

/** The header in which an issuer of ours says how new a key set is. A proxy may drop it; others have none. */
export const STAMP_HEADER = 'tokenforge-key-ring'

/** How new a key set is: the higher epoch wins, then the higher version. */
export interface Stamp {
  /** Counts the emergencies. */
  readonly epoch: number
  /** Counts every change. */
  readonly version: number
}

/** Reads `epoch=1, version=7` (a dictionary of RFC 9651); undefined for anything else. */
export function readStamp(header: string | null): Stamp | undefined {
  const [, epoch, version] = /^epoch=(\d{1,15}), version=(\d{1,15})$/.exec(header ?? '') ?? []
  return epoch === undefined ? undefined : { epoch: Number(epoch), version: Number(version) }
}

/** An issuer that says so for longer is believed: it may have begun anew. Longer than any cache keeps a set (300 s). */
const INSIST_MS = 600_000

/**
 * Tells a key set that is older than one that was published before: it comes from a cache, or from an instance of the
 * issuer that has not heard of a change yet.
 */
export class Newest {
  readonly #clock: Clock
  #newest: Stamp | undefined
  #olderSince: number | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Takes the stamp of a set that was published: for how long only older ones have come, in milliseconds; else undefined. */
  olderForMs(stamp: Stamp | undefined): number | undefined {
    if (stamp === undefined) return undefined
    const now = this.#clock.monotonic()
    if (this.#newest !== undefined && compare(stamp, this.#newest) < 0) {
      this.#olderSince ??= now
      if (now - this.#olderSince < INSIST_MS) return now - this.#olderSince
    }
    this.#newest = stamp
    this.#olderSince = undefined
    return undefined
  }
}

function compare(a: Stamp, b: Stamp): number {
  return a.epoch - b.epoch || a.version - b.version
}
