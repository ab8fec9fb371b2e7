import type { Operation } from '../history/events.ts'
import { OUTCOMES, type Outcome } from './outcome.ts'

/** A request and what became of it. */
export interface Call {
  readonly operation: Operation
  readonly outcome: Outcome
  /** When it should have been sent, in milliseconds since the scenario began. */
  readonly due: number
  /** From `due` to its end; absent when the history ends before it did. */
  readonly ms?: number
}

/** Times in milliseconds; null where nothing was measured. */
export interface Latency {
  readonly p50: number | null
  readonly p99: number | null
  readonly max: number | null
}

/** Many requests in one line of a table. */
export interface CallSummary {
  readonly total: number
  readonly counts: Readonly<Record<Outcome, number>>
  /** Of the requests that ended in each way. */
  readonly latency: Readonly<Record<Outcome, Latency>>
  /** The slowest of all. */
  readonly max: number | null
}

/** Counts and times of some calls. */
export function summarize(calls: readonly Call[]): CallSummary {
  const of = (outcome: Outcome) => calls.filter((call) => call.outcome === outcome)
  return {
    total: calls.length,
    counts: perOutcome((outcome) => of(outcome).length),
    latency: perOutcome((outcome) => latencyOf(timesOf(of(outcome)))),
    max: latencyOf(timesOf(calls)).max,
  }
}

/** A record with one value for each outcome. */
export function perOutcome<T>(make: (outcome: Outcome) => T): Record<Outcome, T> {
  return Object.fromEntries(OUTCOMES.map((outcome) => [outcome, make(outcome)])) as Record<Outcome, T>
}

/** Percentiles of raw times. */
export function latencyOf(times: readonly number[]): Latency {
  const sorted = times.toSorted((a, b) => a - b)
  return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), max: sorted.at(-1) ?? null }
}

/** The nearest-rank quantile: the smallest value with at least `q` of all values at or below it. */
export function quantile(sorted: readonly number[], q: number): number | null {
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? null
}

function timesOf(calls: readonly Call[]): number[] {
  return calls.flatMap((call) => call.ms ?? [])
}
