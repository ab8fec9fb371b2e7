/** One answer: its status, its code when it is a problem, and how long it took in milliseconds. */
export interface Sample {
  readonly status: number
  readonly code: string
  readonly ms: number
}

/** Many answers. `answers` has each status with its code, once; times are milliseconds, NaN when there was no answer. */
export interface Summary {
  readonly count: number
  readonly answers: readonly string[]
  readonly p50: number
  readonly p99: number
  readonly max: number
}

export function summarize(samples: readonly Sample[]): Summary {
  const times = samples.map((sample) => sample.ms).toSorted((a, b) => a - b)
  const answers = new Set(samples.map(({ status, code }) => [status, code].filter(Boolean).join(' ')))
  return {
    count: samples.length,
    answers: [...answers].toSorted(),
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    max: times.at(-1) ?? Number.NaN,
  }
}

/** The nearest-rank quantile of sorted numbers. */
function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN
}
