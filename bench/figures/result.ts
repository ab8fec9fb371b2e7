import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Figure } from './figures.ts'
import type { Ratio } from './ratios.ts'

/** A run, as it is kept in `bench/results/`. */
export interface Result {
  /** RFC 3339, UTC. */
  readonly date: string
  /** Processor and versions. */
  readonly about: Readonly<Record<string, string>>
  readonly rounds: number
  readonly quick: boolean
  readonly ratios: readonly Ratio[]
  readonly figures: readonly Figure[]
}

export const RESULTS = join(import.meta.dirname, '../results')

/** Keeps a run as `<date>.json`, and returns the path. */
export function keepResult(result: Result, folder = RESULTS): string {
  mkdirSync(folder, { recursive: true })
  const { date, about, rounds, quick, ratios, figures } = result
  const file = join(folder, `${date.slice(0, 10)}${quick ? '-quick' : ''}.json`)
  writeFileSync(file, `${JSON.stringify(rounded({ date, about, rounds, quick, ratios, figures }), undefined, 1)}\n`)
  return file
}

/** Digits beyond the sixth are noise, and make a file that is hard to read. */
function rounded(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_key, one) => (typeof one === 'number' ? Number(one.toPrecision(6)) : one))
}
