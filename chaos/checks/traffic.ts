import type { HistoryEvent, TrafficEvent } from '../history/events.ts'
import { nameOf } from './breakers.ts'
import { check } from './check.ts'
import { breakerSpans } from './spans.ts'
import type { Check } from './verdict.ts'

export interface TrafficOptions {
  /**
   * How late the harness may see what an instance sent or logged, in milliseconds. A breaker tells of its change by a line
   * through a pipe, its calls come through a proxy, and both wait for the same event loop.
   */
  readonly lateMs?: number
}

/** The event loop was up to 140 ms late under load on a busy machine of two cores. */
const LATE_MS = 250
/** POSTGRES_CONNECT_TIMEOUT: a call that was let through may wait so long for its connection before it is sent. */
const CONNECT_MS = 1000
/** EVALSHA, and EVAL for a Redis that has lost its scripts; the head and the body of a request: one call to its caller. */
const CHUNKS_OF_A_CALL = { postgres: 1, redis: 2, auth: 2 }

type At<T> = T & { readonly at: number }
type Traffic = readonly At<TrafficEvent>[]

/**
 * 6c. While a breaker is open, there is no I/O: no call goes to the dependency, and no connection to Postgres, whose pool
 * connects for a call alone. The Redis driver keeps trying to connect by itself, on nobody's behalf, and so does fetch once
 * for each call that timed out.
 *
 * At both edges nothing is judged for `lateMs`: a call that was under way may be seen after the opening, and the trial
 * before the line that tells of the half-opening. A connection to Postgres that was begun before the opening may come about
 * within its time-out, when a frozen server thaws, and then carries the one call that it was begun for.
 */
export function noIoWhileOpen({ lateMs = LATE_MS }: TrafficOptions = {}): Check {
  return check('no-io-while-open', 'while a breaker is open nothing is sent to its dependency', (history, findings) => {
    const traffic = trafficOf(history)
    const last = history.at(-1)?.at ?? 0
    for (const span of breakerSpans(history)) {
      const sent = traffic.get(nameOf(span))
      const [from, to] = [span.from + lateMs, Math.min(span.to - lateMs, last)]
      if (span.state !== 'open' || sent === undefined || from >= to) continue
      findings.judged += 1
      const begun = within(sent, span.from - CONNECT_MS, from).filter(isNewToPostgres)
      for (const event of within(sent, from, to).filter(isIo)) {
        const isFirst = ({ at }: { at: number }) => event.kind === 'call' && event.at <= at + CONNECT_MS + lateMs
        const its = begun.findIndex(isFirst)
        if (its >= 0 && begun.splice(its, 1).length > 0) continue
        findings.add(event.at, `${nameOf(span)} was open for ${Math.round(event.at - span.from)} ms: a ${event.kind}`)
      }
    }
  })
}

/**
 * 6d. A half-open breaker lets exactly one call through: no more than one call is sent, on one new connection at most,
 * from the half-opening until it ends. A script that Redis has to be told anew is one call with its repetition.
 *
 * After a trial that fails nobody may send anything either. After one that goes well everybody does, and may be seen before
 * the line that tells of the closing: the last `lateMs` of such a trial are not judged, so let it take longer (by a
 * latency) to see that it was alone. Judges the half-openings of which there is such a time. A trial that fails before
 * anything is sent (the driver has no connection) is one, too.
 */
export function oneTrial({ lateMs = LATE_MS }: TrafficOptions = {}): Check {
  return check('one-trial', 'a half-open breaker lets one call through', (history, findings) => {
    const traffic = trafficOf(history)
    for (const span of breakerSpans(history)) {
      const sent = traffic.get(nameOf(span))
      if (span.state !== 'half_open' || span.next === undefined || sent === undefined) continue
      const [from, to] = [span.from - lateMs, span.next === 'closed' ? span.to - lateMs : span.to + lateMs]
      const seen = within(sent, from, to).filter(isIo)
      if (to <= span.from) continue
      findings.judged += 1
      const connections = seen.filter(({ kind }) => kind === 'connection').length
      const calls = seen.length - connections
      if (connections <= 1 && calls <= CHUNKS_OF_A_CALL[span.dependency]) continue
      findings.add(span.from, `${nameOf(span)} half-opened: ${calls} calls and ${connections} new connections`)
    }
  })
}

function isNewToPostgres({ kind, dependency }: TrafficEvent): boolean {
  return kind === 'connection' && dependency === 'postgres'
}

function isIo({ kind, dependency }: TrafficEvent): boolean {
  return kind === 'call' || dependency === 'postgres'
}

/** The traffic of each guard, in order. */
function trafficOf(history: readonly HistoryEvent[]): ReadonlyMap<string, Traffic> {
  const events = history.filter((event) => event.type === 'traffic')
  return Map.groupBy(events, nameOf)
}

function within(sent: Traffic, from: number, to: number): Traffic {
  return sent.slice(firstAt(sent, from), firstAt(sent, to))
}

/** By halves: there are as many events as calls, and as many spans as changes of a breaker. */
function firstAt(sent: Traffic, at: number): number {
  let [low, high] = [0, sent.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sent[middle]?.at ?? 0) < at) low = middle + 1
    else high = middle
  }
  return low
}
