import type { HistoryEvent } from '../history/events.ts'
import { type AlertLane, alertLanes } from './alerts.ts'
import { type Call, type CallSummary, summarize } from './calls.ts'
import { type Comeback, comebacks } from './comebacks.ts'
import type { Journal, ScenarioResult } from './journal.ts'
import { type Recorded, record } from './record.ts'
import { type Buckets, bucketize } from './series.ts'
import { type FaultSpan, faultSpans, type GuardLane, guardLanes, type PhaseSpan, phaseSpans } from './spans.ts'

/** Everything that the page shows of a scenario, in milliseconds since it began. */
export interface ScenarioView {
  readonly result: ScenarioResult
  readonly lengthMs: number
  readonly buckets: Buckets
  readonly faults: readonly FaultSpan[]
  readonly phases: readonly (PhaseSpan & { readonly calls: CallSummary })[]
  readonly guards: readonly GuardLane[]
  readonly alerts: readonly AlertLane[]
  readonly comebacks: readonly Comeback[]
  readonly calls: CallSummary
  /** By operation: those that were due while a fault held. */
  readonly underFault: readonly { readonly operation: string; readonly calls: CallSummary }[]
  /** Access tokens that `verify` was asked about and answered with 200. */
  readonly tokensVerified: number
}

/** The scenarios of a run, in the order of the journal, with what the history tells of each. Reads the history once. */
export function aggregate(journal: Journal, history: Iterable<HistoryEvent>): readonly ScenarioView[] {
  return record(journal, history).map(viewOf)
}

function viewOf({ result, lengthMs, calls, faults, phases, guards, alerts }: Recorded): ScenarioView {
  const spans = faultSpans(faults, lengthMs)
  const lanes = guardLanes(guards, lengthMs)
  return {
    result,
    lengthMs,
    buckets: bucketize(calls, lengthMs),
    faults: spans,
    phases: phaseSpans(phases, lengthMs).map((phase) => ({
      ...phase,
      calls: summarize(calls.filter(({ due }) => phase.from <= due && due < phase.to)),
    })),
    guards: lanes,
    alerts: alertLanes(alerts, lengthMs),
    comebacks: comebacks(calls, spans, lanes, lengthMs),
    calls: summarize(calls),
    underFault: byOperation(calls.filter(({ due }) => spans.some((fault) => holds(fault, due)))),
    tokensVerified: calls.filter(({ operation, outcome }) => operation === 'verify' && outcome === 'ok').length,
  }
}

function holds({ struck, heal, to }: FaultSpan, at: number): boolean {
  return struck !== undefined && struck <= at && at < (heal ?? to)
}

function byOperation(calls: readonly Call[]): ScenarioView['underFault'] {
  const operations = Map.groupBy(calls, ({ operation }) => operation)
  return [...operations]
    .map(([operation, some]) => ({ operation, calls: summarize(some) }))
    .sort((a, b) => a.operation.localeCompare(b.operation))
}
