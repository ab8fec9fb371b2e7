import {
  blackHoled,
  type Fault,
  frozen,
  instanceKilled,
  killed,
  latency,
  postgresOutOfConnections,
  postgresReadOnly,
  redisOutOfMemory,
  redisReadOnly,
  refused,
  resetOnEveryCall,
  stopped,
} from '../faults.ts'
import type { AuthInstance, Dependency, Lab } from '../lab/lab.ts'
import { onLink } from './link-fault.ts'
import { lostReply } from './lost-reply.ts'
import type { Disturbance } from './plan.ts'

type Make = (dependency: Dependency, ms: number) => Fault

const OF_ANY: Readonly<Record<string, Make>> = {
  stopped,
  killed,
  frozen,
  'black-holed': blackHoled,
  refused,
  'reset on every call': resetOnEveryCall,
  latency,
  'lost reply': lostReply,
}
const OF_ONE: Readonly<Record<'postgres' | 'redis', Readonly<Record<string, Make>>>> = {
  postgres: { 'read-only': postgresReadOnly, 'out of connections': postgresOutOfConnections },
  redis: { 'read-only': redisReadOnly, 'out of memory': redisOutOfMemory },
}

/** Makes the fault of a plan happen in a lab. @throws Error when the lab has nothing of that name */
export function faultOf({ kind, target, link, ms = 0 }: Disturbance, lab: Lab): Fault {
  if (target === 'postgres' || target === 'redis') {
    const dependency = lab[target]
    if (link !== undefined) return onLink([dependency], link, kind, ms)
    const make = OF_ANY[kind] ?? OF_ONE[target][kind]
    if (make !== undefined) return make(dependency, ms)
  }
  const instance = lab.instances.find(({ name }) => name === target)
  if (instance === undefined) throw new Error(`there is no ${target}`)
  if (kind === 'cut off') return onLink([lab.postgres, lab.redis], target, 'black-holed')
  return kind === 'killed' ? instanceKilled(instance) : restarted(instance)
}

/**
 * SIGTERM, and after a while a start. Not a fault of that instance: nothing may fail because of it, so the checks are
 * not told that it was its target.
 */
function restarted(instance: AuthInstance): Fault {
  return {
    name: `${instance.name} restarted`,
    target: 'auth',
    strike: async () => void (await instance.stop()),
    proof: async () => instance.pid === undefined,
    heal: () => instance.start(),
  }
}
