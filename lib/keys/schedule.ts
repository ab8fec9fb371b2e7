import type { SigningAlg } from '../config.ts'
import { JWKS_MAX_AGE_S } from './jwks.ts'
import { activeKey, nextKey, prune, type Ring } from './ring.ts'

/** How long a next key is published before a schedule lets it sign: twice the time that consumers cache the set. */
const PUBLICATION_LEAD_MS = 2 * JWKS_MAX_AGE_S * 1000

/** Milliseconds. */
export interface Schedule {
  readonly signingAlg: SigningAlg
  readonly keyRotationInterval: number
  readonly keyRetirement: number
}

/** What should be done to a ring now: publish a next key, rotate to it, drop what has retired, or nothing. */
export type Task = 'publish-next' | 'rotate' | 'prune' | null

export function taskFor(ring: Ring, schedule: Schedule, now: number): Task {
  const { signingAlg, keyRotationInterval, keyRetirement } = schedule
  const active = activeKey(ring)
  const next = nextKey(ring)
  if (next === undefined || next.alg !== signingAlg) return 'publish-next'
  const age = active === undefined ? Number.POSITIVE_INFINITY : now - (active.activatedAt ?? active.createdAt)
  const due = age >= keyRotationInterval || active?.alg !== signingAlg
  const published = now - next.createdAt >= Math.min(keyRotationInterval, PUBLICATION_LEAD_MS)
  if (due && published) return 'rotate'
  return prune(ring, keyRetirement, now) === ring ? null : 'prune'
}
