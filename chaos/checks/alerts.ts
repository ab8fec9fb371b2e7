import type { AlertEvent, FaultEvent, HistoryEvent } from '../history/events.ts'
import { check } from './check.ts'
import type { Check } from './verdict.ts'

/** `source` of the samples that each look at Prometheus leaves in the history. */
export const PROMETHEUS_SOURCE = 'prometheus'

/** An alert that a fault raises. */
export interface ExpectedAlert {
  /** Target and name of the fault: `postgres stopped`. */
  readonly fault: string
  readonly alert: string
  /** From when the fault holds, in milliseconds. Left out: it may be raised, and need not. */
  readonly raisedWithinMs?: number
  /** From when the fault is healed, in milliseconds. */
  readonly clearedWithinMs: number
}

interface Fault {
  readonly name: string
  readonly strike: number
  readonly struck: number
  /** Infinity for one that was not healed. */
  readonly healed: number
}

/** An alert that was raised. */
export interface Firing {
  readonly alert: string
  readonly subject: string
  readonly from: number
  /** Infinity when the history ends before it does. */
  readonly to: number
}

const NEVER = Number.POSITIVE_INFINITY

/** Each fault raises its alerts within their bounds, and none of them ends and comes back while it holds. */
export function alertsRaised(expected: readonly ExpectedAlert[]): Check {
  return check('alerts-raised', 'each fault raises its alerts within their bounds', (history, findings) => {
    const firings = firingsIn(history)
    for (const { fault, expectation } of pairsIn(history, expected)) {
      const { alert, raisedWithinMs } = expectation
      if (raisedWithinMs === undefined) continue
      findings.judged += 1
      const deadline = fault.struck + raisedWithinMs
      const own = firings.filter((one) => one.alert === alert && one.to >= fault.struck && one.from <= fault.healed)
      const what = `${alert}, of ${fault.name}`
      if (!own.some(({ from }) => from <= deadline))
        findings.add(deadline, `${what}: not raised ${raisedWithinMs} ms on`)
      const subjects = new Set(own.map(({ subject }) => subject))
      if (own.length > subjects.size) findings.add(fault.struck, `${what}: raised ${own.length} times`)
    }
  })
}

/** Each alert that a fault has raised is over within its bound after the heal, unless another fault raises it by then. */
export function alertsCleared(expected: readonly ExpectedAlert[]): Check {
  return check('alerts-cleared', 'each alert ends within its bound after the heal', (history, findings) => {
    const firings = firingsIn(history)
    const pairs = pairsIn(history, expected)
    for (const { fault, expectation } of pairs) {
      const { alert, clearedWithinMs } = expectation
      const deadline = fault.healed + clearedWithinMs
      const own = firings.filter((one) => one.alert === alert && one.from <= deadline && one.to >= fault.strike)
      if (own.length === 0 || deadline === NEVER) continue
      findings.judged += 1
      const again = pairs.some(
        (other) =>
          other.expectation.alert === alert && fault.healed < other.fault.strike && other.fault.strike < deadline,
      )
      if (!again && own.some(({ to }) => to > deadline)) {
        findings.add(deadline, `${alert}, of ${fault.name}: still raised ${clearedWithinMs} ms after the heal`)
      }
    }
  })
}

/** No alert is raised without a fault that it is for. Judges the looks at which Prometheus had evaluated every rule. */
export function noFalseAlarm(expected: readonly ExpectedAlert[]): Check {
  return check('no-false-alarm', 'no alert is raised without its fault', (history, findings) => {
    for (const event of history) {
      if (event.type !== 'sample' || event.source !== PROMETHEUS_SOURCE) continue
      const { rules = 0, failed = 0, waiting = 0 } = event.values
      if (failed > 0) findings.add(event.at, `${failed} rules could not be evaluated`)
      if (rules > 0 && failed + waiting === 0) findings.judged += 1
    }
    const pairs = pairsIn(history, expected)
    for (const { alert, subject, from } of firingsIn(history)) {
      const isFor = pairs.some(
        ({ fault, expectation }) =>
          expectation.alert === alert && fault.strike <= from && from <= fault.healed + expectation.clearedWithinMs,
      )
      if (!isFor) findings.add(from, `${alert} of ${subject}`)
    }
  })
}

function pairsIn(history: readonly HistoryEvent[], expected: readonly ExpectedAlert[]) {
  return faultsIn(history).flatMap((fault) =>
    expected.filter((expectation) => expectation.fault === fault.name).map((expectation) => ({ fault, expectation })),
  )
}

/** The faults that were seen to hold. */
function faultsIn(history: readonly HistoryEvent[]): readonly Fault[] {
  const events = history.filter((event) => event.type === 'fault')
  return [...Map.groupBy(events, ({ fault }) => fault).values()].flatMap((stages) => {
    const at = (stage: FaultEvent['stage']) => stages.find((event) => event.stage === stage)?.at
    const [struck, [first]] = [at('struck'), stages]
    if (struck === undefined || first === undefined) return []
    const name = `${first.target} ${first.name}`
    return { name, strike: at('strike') ?? struck, struck, healed: at('healed') ?? NEVER }
  })
}

/** From when to when each alert was raised, of each subject. */
export function firingsIn(history: readonly HistoryEvent[]): readonly Firing[] {
  const events = history.filter((event) => event.type === 'alert')
  const nameOf = ({ alert, subject }: AlertEvent) => `${alert} ${subject}`
  return [...Map.groupBy(events, nameOf).values()].flatMap((changes) =>
    changes.flatMap(({ alert, subject, state, at: from }, i) => {
      if (state !== 'firing' || changes[i - 1]?.state === 'firing') return []
      const to = changes.slice(i + 1).find((later) => later.state !== 'firing')?.at ?? NEVER
      return { alert, subject, from, to }
    }),
  )
}
