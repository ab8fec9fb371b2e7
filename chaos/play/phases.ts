import type { HistoryEvent, Operation } from '../history/events.ts'

/** How one operation went in one phase. Milliseconds. */
export interface PhaseSummary {
  readonly phase: string
  readonly operation: Operation
  readonly calls: number
  /** Answers other than 2xx, and none at all. */
  readonly failed: number
  readonly p50: number
  readonly p99: number
}

/** A quantile of the latencies of one operation in the phases of one name, in milliseconds; NaN when there is none. */
export function latencyIn(history: readonly HistoryEvent[], name: string, operation: Operation, q: number): number {
  const times: number[] = []
  let phase = ''
  for (const event of history) {
    if (event.type === 'phase') phase = event.phase
    const isEnd = event.type === 'ok' || event.type === 'fail' || event.type === 'info'
    if (isEnd && event.operation === operation && phase === name) times.push(event.ms)
  }
  return quantileOf(times, q)
}

function quantileOf(times: number[], q: number): number {
  const sorted = times.sort((a, b) => a - b)
  return sorted[Math.ceil(q * sorted.length) - 1] ?? Number.NaN
}

/** Latency and errors of every operation, phase by phase; an operation belongs to the phase in which it ended. */
export function summarizePhases(history: readonly HistoryEvent[]): PhaseSummary[] {
  const found = new Map<string, { phase: string; operation: Operation; times: number[]; failed: number }>()
  let phase = ''
  for (const event of history) {
    if (event.type === 'phase') phase = event.phase
    if (event.type !== 'ok' && event.type !== 'fail' && event.type !== 'info') continue
    const { operation } = event
    const key = `${phase}\n${operation}`
    const one = found.get(key) ?? { phase, operation, times: [], failed: 0 }
    found.set(key, one)
    one.times.push(event.ms)
    if (event.type !== 'ok') one.failed += 1
  }
  return [...found.values()].map(({ times, ...rest }) => {
    const quantile = (q: number) => Math.round(quantileOf(times, q) * 10) / 10
    return { ...rest, calls: times.length, p50: quantile(0.5), p99: quantile(0.99) }
  })
}
