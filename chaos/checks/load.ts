import { LOAD_SOURCE } from '../workload/open-loop.ts'
import { callsOf } from './calls.ts'
import { check } from './check.ts'
import type { Check } from './verdict.ts'

export interface LoadKeptUpOptions {
  /** How late an operation may be sent, in milliseconds. */
  readonly lateMs?: number
  /** How much of an action's operations may have found nobody to do them. */
  readonly missed?: number
}

const LATE_MS = 250

/**
 * The load was what it says: every operation was sent when it was due, so that no latency and no pause is the harness's
 * own.
 */
export function loadKeptUp({ lateMs = LATE_MS, missed = Number.POSITIVE_INFINITY }: LoadKeptUpOptions = {}): Check {
  return check('load-kept-up', `the load was sent within ${lateMs} ms of its plan`, (history, findings) => {
    for (const { invoke, from } of callsOf(history)) {
      findings.judged += 1
      const late = from - invoke.due
      if (late > lateMs) findings.add(from, `${invoke.operation} was sent ${Math.round(late)} ms late`)
    }
    let total = 0
    for (const event of history) {
      if (event.type !== 'sample' || event.source !== LOAD_SOURCE) continue
      for (const [name, count] of Object.entries(event.values)) if (name.startsWith('missed_')) total += count
      if (total <= missed) continue
      findings.add(event.at, `${total} operations found nobody to do them`)
      break
    }
  })
}
