import type { Mix } from '../workload/open-loop.ts'

/** All that clients do, at a pace that leaves the machine room for the faults. Operations per second. */
export const CALM: Mix = {
  register: 2,
  login: 3,
  refresh: 12,
  verify: 40,
  me: 10,
  jwks: 5,
  logout: 1,
  verify_ended: 2,
  refresh_ended: 1,
  live: 2,
}

/** The same with passwords at their default cost: one costs a core a third of a second. */
export const COSTLY: Mix = { ...CALM, register: 0.5, login: 1, logout: 0.2 }
