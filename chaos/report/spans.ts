import type { BreakerEvent, FaultEvent, PhaseEvent, ProcessEvent } from '../history/events.ts'
import type { Since } from './record.ts'

/** A stretch of a scenario, in milliseconds since it began. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** A fault from its strike to its end. Between `struck` and `heal` it was seen to hold. */
export interface FaultSpan extends Span {
  readonly name: string
  readonly target: string
  /** Absent when it never took. */
  readonly struck?: number
  readonly heal?: number
  /** Whether the history tells of its end. */
  readonly healed: boolean
}

/** The faults of a scenario, in the order they began. */
export function faultSpans(events: readonly Since<FaultEvent>[], end: number): readonly FaultSpan[] {
  return [...Map.groupBy(events, ({ fault }) => fault).values()].flatMap((stages) => {
    const first = stages[0]
    if (first === undefined) return []
    const at = (stage: FaultEvent['stage']) => stages.find((event) => event.stage === stage)?.at
    const struck = at('struck')
    const heal = at('heal')
    const healed = at('healed')
    return {
      name: first.name,
      target: first.target,
      from: first.at,
      to: healed ?? Math.max(end, first.at),
      ...(struck !== undefined && { struck }),
      ...(heal !== undefined && { heal }),
      healed: healed !== undefined,
    }
  })
}

export interface PhaseSpan extends Span {
  readonly name: string
}

/** The phases of a scenario: each lasts until the next one. */
export function phaseSpans(events: readonly Since<PhaseEvent>[], end: number): readonly PhaseSpan[] {
  return events.map(({ phase, at }, i) => ({ name: phase, from: at, to: events[i + 1]?.at ?? Math.max(end, at) }))
}

/** `down`: the instance was not running. */
export type GuardState = BreakerEvent['state'] | 'down'

export interface GuardSpan extends Span {
  readonly state: GuardState
  readonly reason?: string
}

/** The guard of one instance for one dependency. Before its first change nothing is known of it. */
export interface GuardLane {
  readonly instance: string
  readonly dependency: BreakerEvent['dependency']
  readonly spans: readonly GuardSpan[]
}

/** One lane for each guard that told something, by name; what was before 0 or after `end` is left out. */
export function guardLanes(events: readonly Since<BreakerEvent | ProcessEvent>[], end: number): readonly GuardLane[] {
  const breakers = events.filter((event) => event.type === 'breaker')
  const guards = Map.groupBy(breakers, ({ instance, dependency }) => JSON.stringify([instance, dependency]))
  return [...guards.keys()].sort().flatMap((key) => {
    const [instance, dependency] = JSON.parse(key) as [string, BreakerEvent['dependency']]
    const own = events.filter(
      (event) => event.instance === instance && (event.type === 'process' || event.dependency === dependency),
    )
    const spans = guardSpans(own, end).filter(({ from, to }) => from <= end && to >= 0)
    return spans.length > 0 ? { instance, dependency, spans } : []
  })
}

function guardSpans(events: readonly Since<BreakerEvent | ProcessEvent>[], end: number): readonly GuardSpan[] {
  return events.flatMap((event, i) => {
    const state = stateAfter(event)
    if (state === undefined) return []
    // `ready` changes no guard; the next event that does ends this span.
    const next = events.slice(i + 1).find((later) => later.type === 'breaker' || later.stage !== 'ready')
    const to = next?.at ?? Math.max(end, event.at)
    const reason = event.type === 'breaker' ? event.reason : event.how
    return { state, from: event.at, to, ...(reason !== undefined && { reason }) }
  })
}

function stateAfter(event: BreakerEvent | ProcessEvent): GuardState | undefined {
  if (event.type === 'breaker') return event.state
  return event.stage === 'exited' ? 'down' : undefined
}
