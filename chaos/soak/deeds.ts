import { type Actors, act } from '../workload/actions.ts'
import type { Disturbance } from './plan.ts'

/** Does what people do to an auth service beside using it. Whether it goes well is for the checks. */
export async function doDeed({ kind, count = 1 }: Disturbance, actors: Actors): Promise<void> {
  const { client } = actors
  switch (kind) {
    case 'rotate':
      await client.rotate()
      break
    case 'revoke all':
      await client.revokeAll()
      break
    case 'logout burst':
      await Promise.all(Array.from({ length: count }, () => act('logout', actors, {})))
      break
    default:
      throw new Error(`nobody does ${kind}`)
  }
}
