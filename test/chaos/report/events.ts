import type { Verdict } from '../../../chaos/checks/verdict.ts'
import type { Completion, Happening, HistoryEvent, Operation } from '../../../chaos/history/events.ts'
import type { Journal, ScenarioResult } from '../../../chaos/report/journal.ts'

/** An event of the scenario `s`, for hand-written histories. */
export function event(at: number, happening: Happening, scenario = 's'): HistoryEvent {
  return { at, scenario, ...happening }
}

let lastOp = 0

/** A request that was due at `due` and ended `ms` later: its two events. */
export function call(due: number, ms: number, end: Partial<Completion> = {}, operation: Operation = 'login') {
  const common = { op: ++lastOp, operation, instance: 'auth-1' }
  return [
    event(due, { type: 'invoke', due, ...common }),
    event(due + ms, { type: 'ok', status: 200, ms, ...common, ...end }),
  ]
}

/** A request that never ended. */
export function openCall(due: number): HistoryEvent {
  return event(due, { type: 'invoke', due, op: ++lastOp, operation: 'login', instance: 'auth-1' })
}

export const refused = { type: 'info', status: 503 } as const
export const denied = { type: 'fail', status: 401 } as const
export const lost = { type: 'info', error: 'ECONNRESET' } as const

/** A scenario that passed and showed nothing. */
export function scenarioOf(more: Partial<ScenarioResult> = {}): ScenarioResult {
  return {
    name: 's',
    title: 'It shows something.',
    outcome: 'passed',
    from: 0,
    to: 2000,
    steps: [],
    verdicts: [],
    recoveries: [],
    ...more,
  }
}

export function journalOf(...scenarios: ScenarioResult[]): Journal {
  return { run: 'a-run', startedAt: '2026-03-14T09:26:53.000Z', driver: 'local', about: { node: '24' }, scenarios }
}

export function verdictOf(more: Partial<Verdict> = {}): Verdict {
  return { check: 'deadline', claim: 'No request takes too long.', judged: 10, violations: [], ...more }
}
