import { blackHoled, frozen, resetOnEveryCall, stopped } from './faults/any-server.ts'
import type { Fault } from './faults/fault.ts'
import { redisOutOfMemory, redisReadOnly } from './faults/redis.ts'
import type { Dependency } from './lab/lab.ts'

export { blackHoled, frozen, killed, latency, refused, resetOnEveryCall, stopped } from './faults/any-server.ts'
export type { Fault } from './faults/fault.ts'
export { instanceFrozen, instanceKilled, portKilled } from './faults/instance.ts'
export { loginStorm } from './faults/login-storm.ts'
export { postgresOutOfConnections } from './faults/out-of-connections.ts'
export { postgresReadOnly } from './faults/postgres.ts'
export { redisEmptied, redisOutOfMemory, redisReadOnly } from './faults/redis.ts'

/** The ways to be gone, one of each kind, that any server has. */
export function faultsOf(dependency: Dependency): Fault[] {
  return [stopped, frozen, blackHoled, resetOnEveryCall].map((make) => make(dependency))
}

/** What can happen to Redis while it answers. */
export function redisFaults(redis: Dependency): Fault[] {
  return [redisOutOfMemory(redis), redisReadOnly(redis)]
}

/** Two faults as one. */
export function together(one: Fault, other: Fault): Fault {
  return {
    name: one.name === other.name ? one.name : `${one.name} and ${other.name}`,
    target: 'both',
    strike: async () => void (await Promise.all([one.strike(), other.strike()])),
    proof: async () => (await Promise.all([one.proof(), other.proof()])).every(Boolean),
    heal: async () => void (await Promise.all([one.heal(), other.heal()])),
  }
}
