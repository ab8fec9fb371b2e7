import { findProgram } from '../../local/find-program.ts'
import { NO_PROMETHEUS } from '../lab/prometheus.ts'
import type { Orders } from '../runner/orders.ts'
import type { ScenarioOptions } from './scenario.ts'

/** What is said when a program is missing. */
const MISSING = { prometheus: NO_PROMETHEUS } as const
export type Program = keyof typeof MISSING

/** Why a scenario can't be played. */
export interface Obstacle {
  readonly reason: string
  /** Whether it was to be played all the same; else it is skipped. */
  readonly fails: boolean
}

/**
 * What stands in the way of a scenario: a deployment that the harness did not start can't give all that it needs, or a
 * program is missing. For the latter it is skipped in a run of all scenarios, but not where it was asked for by name, nor
 * where changes are judged (`CI`).
 */
export function obstacleTo(
  { needs = [], programs = [] }: Pick<ScenarioOptions, 'needs' | 'programs'>,
  { driver, named }: Pick<Orders, 'driver' | 'named'>,
  env: NodeJS.ProcessEnv = process.env,
): Obstacle | undefined {
  if (driver === 'deployment' && needs.length > 0) {
    return { reason: `needs ${needs.join(' and ')} of its own`, fails: false }
  }
  const missing = programs.find((program) => findProgram(program, env.PATH) === undefined)
  if (missing === undefined) return undefined
  return { reason: MISSING[missing], fails: named === true || Boolean(env.CI) }
}
