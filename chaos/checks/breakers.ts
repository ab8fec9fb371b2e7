import type { HistoryEvent } from '../history/events.ts'
import { check } from './check.ts'
import { type BreakerSpan, breakerSpans, lastHealed } from './spans.ts'
import type { Check } from './verdict.ts'

export interface BreakerOrderOptions {
  /** `BREAKER_HALF_OPEN_AFTER` of the server, in milliseconds; without it the order alone is judged. */
  readonly halfOpenAfterMs?: number
  /**
   * How much later the half-open trial may come, in milliseconds: the probe that makes it may itself still be busy with
   * its last call, which has the guard's time-out.
   */
  readonly trialWithinMs?: number
  /** How late the harness may see the line that tells of a change, in milliseconds. */
  readonly lateMs?: number
}

const TRIAL_WITHIN_MS = 3000
const LATE_MS = 250

const NEXT: Readonly<Record<BreakerSpan['state'], readonly BreakerSpan['state'][]>> = {
  connecting: ['closed'],
  closed: ['open'],
  open: ['half_open'],
  half_open: ['closed', 'open'],
}

/**
 * 6a. A breaker goes closed, open, half-open, and from there closed or open again, in no other order; it half-opens no
 * sooner than its time after it opened, and not much later. An instance that was started begins anew, connecting or
 * closed. The first state of an instance that the history finds running is not judged.
 */
export function breakerOrder(options: BreakerOrderOptions = {}): Check {
  const { halfOpenAfterMs, trialWithinMs = TRIAL_WITHIN_MS, lateMs = LATE_MS } = options
  return check('breaker-order', 'breakers go closed, open, half-open, closed', (history, findings) => {
    for (const span of breakerSpans(history)) {
      const { state, next, from, to } = span
      if (next === undefined) continue
      findings.judged += 1
      const ms = to - from
      if (!NEXT[state].includes(next)) findings.add(to, `${nameOf(span)} went from ${state} to ${next}`)
      else if (state !== 'open' || halfOpenAfterMs === undefined) continue
      else if (ms < halfOpenAfterMs - lateMs) findings.add(to, `${nameOf(span)} half-opened after ${Math.round(ms)} ms`)
      else if (ms > halfOpenAfterMs + trialWithinMs) {
        findings.add(to, `${nameOf(span)} half-opened only after ${Math.round(ms)} ms`)
      }
    }
    for (const span of firstStates(history)) {
      if (span.state !== 'connecting' && span.state !== 'closed') {
        findings.judged += 1
        findings.add(span.from, `${nameOf(span)} was ${span.state} right after a start`)
      }
    }
  })
}

/** 6b. A breaker that opened is closed again at the end, on every instance that is still there. */
export function breakerCloses(): Check {
  return check('breaker-closes', 'every breaker that opened closes after the heal', (history, findings) => {
    const opened = new Set<string>()
    for (const span of breakerSpans(history)) {
      const name = nameOf(span)
      if (span.state === 'open') opened.add(name)
      const isLast = span.next === undefined
      if (!isLast || !opened.delete(name) || span.to !== Number.POSITIVE_INFINITY) continue
      findings.judged += 1
      if (span.state !== 'closed') findings.add(Math.max(span.from, lastHealed(history)), `${name} ends ${span.state}`)
    }
  })
}

export function nameOf({ instance, dependency }: Pick<BreakerSpan, 'instance' | 'dependency'>): string {
  return `${dependency} on ${instance}`
}

/** The first state of each breaker after each start of its instance. */
function firstStates(history: readonly HistoryEvent[]): readonly BreakerSpan[] {
  const starts = history.filter((event) => event.type === 'process' && event.stage === 'started')
  const first = new Map<string, BreakerSpan>()
  for (const span of breakerSpans(history)) {
    const start = starts.findLast(
      (event) => 'instance' in event && event.instance === span.instance && event.at <= span.from,
    )
    const key = `${nameOf(span)} ${start?.at}`
    if (start !== undefined && !first.has(key)) first.set(key, span)
  }
  return [...first.values()]
}
