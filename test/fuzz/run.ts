import fc from 'fast-check'
import { bytes } from './bytes.ts'
import { emails } from './emails.ts'
import type { Property } from './property.ts'
import { requests } from './requests.ts'
import { settings } from './settings.ts'
import { tokens } from './tokens.ts'
import type { FuzzWorld } from './world.ts'

export const PROPERTIES: readonly Property[] = [...requests, ...tokens, ...emails, ...settings, ...bytes]

const ALL_SHARES = PROPERTIES.reduce((sum, { share }) => sum + share, 0)

/** What became of one property: how many cases were tried, and why it does not hold, if so. */
export interface Outcome {
  readonly cases: number
  readonly failure?: string
}

/**
 * Tries one property.
 *
 * @param cases of all properties together; this one gets its share, one at least
 */
export async function tryProperty(world: FuzzWorld, property: Property, cases: number, seed: number): Promise<Outcome> {
  const numRuns = Math.max(1, Math.ceil((cases * property.share) / ALL_SHARES))
  const result = await fc.check(property.make(world), { numRuns, seed })
  if (!result.failed) return { cases: result.numRuns }
  return { cases: result.numRuns, failure: fc.defaultReportMessage(result) ?? 'no reason was given' }
}

/** Lines of the log that no request must cause, however odd. */
export function graveLines(world: FuzzWorld): Record<string, unknown>[] {
  return world.logs.filter(({ level, status }) => Number(level) >= 50 || (Number(level) >= 40 && status !== undefined))
}
