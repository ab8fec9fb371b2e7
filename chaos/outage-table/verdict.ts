import { ENDPOINTS } from './clients.ts'
import type { Measured } from './measure.ts'

/** Every request ends within this, in milliseconds. */
const DEADLINE_MS = 5000
/** A 503 while open costs about as much as the cheapest answer there is. */
const REFUSAL_RATIO = 3

/** What a row shows that must not be; nothing when it holds. */
export function violations({ row, before, open, refusals, live, survived }: Measured): string[] {
  const found: string[] = []
  const name = `${row.at} ${row.fault.name}`
  for (const endpoint of ENDPOINTS) {
    for (const [when, summary] of Object.entries({ before: before[endpoint], open: open[endpoint] })) {
      const answers = summary.answers.join(', ')
      if (answers !== row.expected[endpoint]) found.push(`${name}: ${endpoint} ${when}: answered ${answers}`)
      if (!(summary.max < DEADLINE_MS)) found.push(`${name}: ${endpoint} ${when}: took ${Math.round(summary.max)} ms`)
    }
  }
  if (!survived) found.push(`${name}: the process ended`)
  if (row.atOnce && !(refusals.p99 <= REFUSAL_RATIO * live.p99)) {
    found.push(`${name}: p99 of a 503 while open is ${(refusals.p99 / live.p99).toFixed(1)} times that of /health/live`)
  }
  return found
}
