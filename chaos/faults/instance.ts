import { isLive } from '../lab/health.ts'
import type { AuthInstance } from '../lab/lab.ts'
import type { Fault } from './fault.ts'

/** An auth server is killed, as by a crash; healed it runs again, on the same port. */
export function instanceKilled(instance: AuthInstance): Fault {
  return {
    name: 'killed',
    target: instance.name,
    strike: () => instance.kill(),
    proof: async () => !(await isLive(instance.url)),
    heal: () => instance.start(),
  }
}
