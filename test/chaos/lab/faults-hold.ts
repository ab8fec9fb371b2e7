import type { Test } from 'tap'
import {
  blackHoled,
  type Fault,
  frozen,
  killed,
  latency,
  postgresOutOfConnections,
  postgresReadOnly,
  redisEmptied,
  redisOutOfMemory,
  redisReadOnly,
  refused,
  resetOnEveryCall,
  stopped,
} from '../../../chaos/faults.ts'
import type { Lab } from '../../../chaos/lab/lab.ts'

/** Every fault there is. */
export function everyFault({ postgres, redis }: Lab): Fault[] {
  const ofAny = [stopped, killed, frozen, blackHoled, refused, resetOnEveryCall]
  return [
    ...[postgres, redis].flatMap((dependency) => [...ofAny.map((make) => make(dependency)), latency(dependency, 100)]),
    ...[redisOutOfMemory(redis), redisReadOnly(redis), redisEmptied(redis)],
    ...[postgresReadOnly(postgres), postgresOutOfConnections(postgres)],
  ]
}

/** Strikes each fault and asks for its proof: not before, while it holds, and not after the heal, which may be repeated. */
export async function checkFaults(t: Test, lab: Lab): Promise<void> {
  for (const { name, target, strike, proof, heal } of everyFault(lab)) {
    const before = await proof()
    await strike()
    const during = await proof()
    await heal()
    await heal()
    t.same([before, during, await proof()], [false, true, false], `${target} ${name}`)
  }
}
