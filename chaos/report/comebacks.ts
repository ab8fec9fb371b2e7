import type { Operation } from '../history/events.ts'
import { type Call, type Latency, latencyOf } from './calls.ts'
import type { FaultSpan, GuardLane } from './spans.ts'

/** How one operation came back after a fault. Times in milliseconds. */
export interface OperationComeback {
  readonly operation: Operation
  /** Calls that were due while the fault held, and those of them that were refused or lost. */
  readonly calls: number
  readonly failed: number
  /**
   * From the heal until it worked again for good: the first answer, a verdict too, after the last that was refused or lost.
   * 0 when it worked as soon as it was healed, null when it was not seen to work before the next fault.
   */
  readonly backMs: number | null
  /** Of what was OK: before the first fault, and in the first seconds after the heal. */
  readonly steady: Latency
  readonly recovery: Latency
}

/** How one breaker came back. */
export interface BreakerComeback {
  readonly instance: string
  readonly dependency: string
  /** From when it opened until it was closed again; null when it was not. */
  readonly openMs: number | null
  /** From the heal until it was closed again. */
  readonly closedMs: number | null
}

/** What became of everything after the heal of one fault. */
export interface Comeback {
  readonly fault: FaultSpan
  readonly operations: readonly OperationComeback[]
  readonly breakers: readonly BreakerComeback[]
}

/** What comes after the heal is seen best in these. */
const RECOVERY_MS = 10_000
/** Of more faults than these, as a soak run has, nobody reads one by one. */
const MANY = 12

/** The comebacks after each fault that was healed; none of a scenario with very many of them. */
export function comebacks(
  calls: readonly Call[],
  faults: readonly FaultSpan[],
  guards: readonly GuardLane[],
  lengthMs: number,
): readonly Comeback[] {
  if (faults.length > MANY) return []
  const first = Math.min(...faults.map(({ from }) => from))
  const byOperation = [...Map.groupBy(calls, ({ operation }) => operation)].sort(([a], [b]) => a.localeCompare(b))
  return faults
    .filter(({ healed, struck }) => healed && struck !== undefined)
    .flatMap((fault) => {
      const until = Math.min(lengthMs, ...faults.map(({ from }) => from).filter((from) => from >= fault.to))
      const operations = byOperation
        .map(([operation, own]) => operationAfter(operation, own, fault, first, until))
        .filter((one) => one.calls > 0)
      const breakers = guards.flatMap((lane) => breakerAfter(lane, fault, until))
      return operations.length > 0 ? { fault, operations, breakers } : []
    })
}

function operationAfter(
  operation: Operation,
  calls: readonly Call[],
  fault: FaultSpan,
  first: number,
  until: number,
): OperationComeback {
  const { struck = fault.from, heal = fault.to, to: healed } = fault
  const between = (from: number, to: number) => calls.filter(({ due }) => from <= due && due < to)
  const during = between(struck, heal)
  // What was under way when the next fault struck is that one's.
  const after = between(heal, until)
    .filter(({ due, ms = 0 }) => due + ms <= until)
    .sort((a, b) => a.due - b.due)
  const lastFailed = after.findLastIndex(hasFailed)
  const back = after[lastFailed + 1]
  const backMs = back?.ms === undefined ? null : lastFailed < 0 ? 0 : Math.max(0, back.due + back.ms - healed)
  return {
    operation,
    calls: during.length,
    failed: during.filter(hasFailed).length,
    backMs,
    steady: latencyOfOk(calls.filter(({ due }) => due < first)),
    recovery: latencyOfOk(between(healed, Math.min(until, healed + RECOVERY_MS))),
  }
}

function breakerAfter({ instance, dependency, spans }: GuardLane, fault: FaultSpan, until: number): BreakerComeback[] {
  const opened = spans.find(({ state, from }) => state === 'open' && fault.from <= from && from < until)
  if (opened === undefined) return []
  const closed = spans.find(({ state, from }) => state === 'closed' && from > opened.from && from <= until)
  const openMs = closed === undefined ? null : closed.from - opened.from
  const closedMs = closed === undefined ? null : Math.max(0, closed.from - fault.to)
  return [{ instance, dependency, openMs, closedMs }]
}

function hasFailed({ outcome }: Call): boolean {
  return outcome === 'refused' || outcome === 'lost'
}

function latencyOfOk(calls: readonly Call[]): Latency {
  return latencyOf(calls.flatMap(({ outcome, ms }) => (outcome === 'ok' ? (ms ?? []) : [])))
}
