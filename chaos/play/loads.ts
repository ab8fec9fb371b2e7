import type { Mix } from '../workload/open-loop.ts'

/**
 * All that clients do, at a pace that leaves the machine room for the faults. Operations per second. How
 * soon it is known that all is steady depends on the rarest.
 */
export const CALM: Mix = {
  register: 2,
  login: 3,
  refresh: 12,
  verify: 40,
  me: 10,
  jwks: 5,
  logout: 1.5,
  verify_ended: 2,
  refresh_ended: 2,
  live: 2,
}

/** Little of it, where other servers have a load of their own, and nobody logs out. */
export const QUIET: Mix = { register: 1, login: 1, refresh: 6, verify: 10, me: 5, jwks: 3, live: 1 }

/** As `CALM`, with passwords at their default cost: one costs a core a third of a second. */
export const COSTLY: Mix = { ...CALM, register: 0.5, login: 1, logout: 0.2 }
