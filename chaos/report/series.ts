import { type Call, latencyOf, perOutcome } from './calls.ts'
import type { Outcome } from './outcome.ts'

/** The lines of one outcome: a value for each bucket. */
export interface Series {
  /** Requests that were due in it. */
  readonly count: readonly number[]
  readonly perSecond: readonly number[]
  /** Milliseconds; null where none ended in this way. */
  readonly p50: readonly (number | null)[]
  readonly p99: readonly (number | null)[]
  readonly max: readonly (number | null)[]
}

/** What the charts of a scenario are drawn from. */
export interface Buckets {
  readonly bucketMs: number
  /** Where the buckets begin, and where the last one ends: it takes the rest, and is up to two buckets wide. */
  readonly edges: readonly number[]
  readonly series: Readonly<Record<Outcome, Series>>
}

const SECOND = 1000
const MINUTE = 60 * SECOND
const MOST_BUCKETS = 3600

/** Narrow enough to see a breaker open, wide enough to draw: 250 ms to 1 s, and more only for runs of hours. */
export function bucketWidth(lengthMs: number): number {
  if (lengthMs <= MINUTE) return 250
  if (lengthMs <= 3 * MINUTE) return 500
  return SECOND * Math.max(1, Math.ceil(lengthMs / (MOST_BUCKETS * SECOND)))
}

/** Calls by the time they were due, in buckets from 0 to `lengthMs`. A call outside of that is not drawn. */
export function bucketize(calls: readonly Call[], lengthMs: number): Buckets {
  const bucketMs = bucketWidth(lengthMs)
  const buckets = Math.max(1, Math.floor(lengthMs / bucketMs))
  const edges = [...Array.from({ length: buckets }, (_, i) => i * bucketMs), lengthMs]
  const filled = perOutcome(() => Array.from({ length: buckets }, (): Call[] => []))
  for (const call of calls) {
    if (call.due > lengthMs) continue
    filled[call.outcome][Math.min(buckets - 1, Math.floor(call.due / bucketMs))]?.push(call)
  }
  return { bucketMs, edges, series: perOutcome((outcome) => seriesOf(filled[outcome], edges)) }
}

function seriesOf(buckets: readonly (readonly Call[])[], edges: readonly number[]): Series {
  const latencies = buckets.map((calls) => latencyOf(calls.flatMap(({ ms }) => ms ?? [])))
  return {
    count: buckets.map((calls) => calls.length),
    perSecond: buckets.map((calls, i) => perSecond(calls.length, (edges[i + 1] ?? 0) - (edges[i] ?? 0))),
    p50: latencies.map(({ p50 }) => p50),
    p99: latencies.map(({ p99 }) => p99),
    max: latencies.map(({ max }) => max),
  }
}

/** A rate; nothing happens in no time. */
export function perSecond(count: number, ms: number): number {
  return ms > 0 ? (count * SECOND) / ms : 0
}
