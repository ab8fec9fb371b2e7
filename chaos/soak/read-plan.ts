import { readFileSync } from 'node:fs'
import { checkerOf } from '../../lib/checker.ts'
import { UsageError } from '../runner/arguments.ts'
import { ACTIONS } from '../workload/actions.ts'
import { collide, lanesOf } from './lanes.ts'
import { type Episode, type Plan, PlanSchema } from './plan.ts'

const isPlan = checkerOf(PlanSchema)

/**
 * Reads a plan that a soak has written: `plan.json`, `failing.json` or `shrunk.json` of its results.
 *
 * @throws UsageError that says what is wrong with it
 */
export function readPlan(file: string): Plan {
  let plan: unknown
  try {
    plan = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new UsageError(`--plan ${file}: ${(error as Error).message}`)
  }
  if (!isPlan(plan)) {
    const [first] = isPlan.errors ?? []
    throw new UsageError(`--plan ${file}: ${first?.instancePath || 'the whole'} ${first?.message}`)
  }
  for (const episode of plan.episodes) {
    const problem = problemOf(episode)
    if (problem !== undefined) throw new UsageError(`--plan ${file}: episode ${episode.number}: ${problem}`)
  }
  return plan
}

/** What can't be played in an episode; undefined when all can. */
export function problemOf({ disturbances, load, ms }: Episode): string | undefined {
  for (const [i, one] of disturbances.entries()) {
    try {
      lanesOf(one)
      const other = disturbances.slice(i + 1).find((each) => collide(one, each))
      if (other !== undefined) return `${one.id} and ${other.id} contradict each other`
    } catch (error) {
      return `${one.id}: ${(error as Error).message}`
    }
    if (one.at + one.lasts > ms) return `${one.id} lasts beyond the end`
    if (one.kind === 'latency' && one.ms === undefined) return `${one.id}: a latency without ms`
    if (one.kind === 'logout burst' && one.count === undefined) return `${one.id}: a burst without a count`
  }
  const unknown = load.flatMap(({ mix }) => Object.keys(mix)).find((name) => !ACTIONS.some((action) => action === name))
  return unknown === undefined ? undefined : `clients do not know how to ${unknown}`
}
