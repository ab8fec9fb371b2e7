import type { AlertEvent } from '../history/events.ts'
import type { Since } from './record.ts'
import type { FaultSpan, Span } from './spans.ts'

/** A time in which an alert was raised, or about to be. */
export interface AlertSpan extends Span {
  readonly state: 'pending' | 'firing'
  readonly subject: string
  readonly summary: string
  /** Whether the history tells of its end. */
  readonly ended: boolean
}

/** An alert that was raised at least once. */
export interface AlertLane {
  readonly alert: string
  readonly severity: string
  /** Of all subjects, in the order they began. */
  readonly spans: readonly AlertSpan[]
}

/** One lane for each alert that was raised, in the order of that. */
export function alertLanes(events: readonly Since<AlertEvent>[], end: number): readonly AlertLane[] {
  return [...Map.groupBy(events, ({ alert }) => alert)]
    .map(([alert, own]) => ({ alert, severity: own[0]?.severity ?? '', spans: spansOf(own, end) }))
    .filter((lane) => raisedAt(lane) !== undefined)
    .sort((a, b) => (raisedAt(a) ?? 0) - (raisedAt(b) ?? 0))
}

/** The fault that an alert belongs to: the last one that had struck by then. */
export function faultOf({ from }: AlertSpan, faults: readonly FaultSpan[]): FaultSpan | undefined {
  return faults.findLast((fault) => fault.from <= from)
}

function raisedAt({ spans }: AlertLane): number | undefined {
  return spans.find(({ state }) => state === 'firing')?.from
}

function spansOf(events: readonly Since<AlertEvent>[], end: number): readonly AlertSpan[] {
  const bySubject = Map.groupBy(events, ({ subject }) => subject)
  const spans = [...bySubject.values()].flatMap((own) =>
    own.flatMap(({ state, subject, summary, at: from }, i) => {
      if (state === 'inactive') return []
      const next = own[i + 1]?.at
      return { state, subject, summary, from, to: next ?? Math.max(end, from), ended: next !== undefined }
    }),
  )
  return spans.sort((a, b) => a.from - b.from)
}
