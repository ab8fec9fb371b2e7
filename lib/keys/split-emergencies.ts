import { type NewKey, type Ring, revokeAll } from './ring.ts'

/**
 * True for two rings of one epoch that began with two emergencies, each in a store that the other could not reach. Each of
 * the two was to void every key before it, and did not know of the other's: neither ring can be trusted any more.
 */
export function contradict(a: Ring, b: Ring): boolean {
  const isOther = a.began !== undefined && b.began !== undefined && a.began.epoch !== b.began.epoch
  return a.epoch === b.epoch && isOther
}

/** One more emergency in the place of two that contradict each other; it ends the sessions when either may have done so. */
export function settle(a: Ring, b: Ring, active: NewKey, now: number): Ring {
  const ended = a.sessionEpoch === b.sessionEpoch && a.began?.sessionEpoch !== b.began?.sessionEpoch
  const base = {
    ...a,
    sessionEpoch: Math.max(a.sessionEpoch, b.sessionEpoch),
    version: Math.max(a.version, b.version),
    ...(b.sessionEpoch > a.sessionEpoch && b.began !== undefined && { began: b.began }),
  }
  return revokeAll(base, active, ended, now)
}
