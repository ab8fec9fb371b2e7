import { OUTCOMES } from './outcome.ts'
import type { Section } from './page/links.ts'
import { timelineId } from './page/timeline.ts'

/**
 * What the page's script draws a timeline from: times in seconds since the scenario began, latencies in milliseconds,
 * one list for each outcome in their order. Names are in the page already.
 */
export interface ChartData {
  readonly id: string
  /** Where the buckets begin, and where the last one ends. */
  readonly edges: readonly number[]
  readonly rates: readonly (readonly (number | null)[])[]
  readonly p50: readonly (readonly (number | null)[])[]
  readonly p99: readonly (readonly (number | null)[])[]
  readonly max: readonly (readonly (number | null)[])[]
  readonly faults: readonly (readonly [from: number, to: number])[]
  readonly phases: readonly number[]
}

/** The data of a section's charts, small: latencies with three digits that matter. */
export function chartData({ id, view }: Section): ChartData {
  const { series, edges } = view.buckets
  const all = OUTCOMES.map((outcome) => series[outcome])
  return {
    id: timelineId(id),
    edges: edges.map((ms) => ms / 1000),
    rates: all.map(({ perSecond }) => perSecond.map(short)),
    p50: all.map(({ p50 }) => p50.map(short)),
    p99: all.map(({ p99 }) => p99.map(short)),
    max: all.map(({ max }) => max.map(short)),
    faults: view.faults.map(({ from, to }) => [from / 1000, Math.min(to, view.lengthMs) / 1000] as const),
    phases: view.phases.map(({ from }) => from / 1000),
  }
}

function short(value: number | null): number | null {
  return value === null ? null : Number(value.toPrecision(3))
}
