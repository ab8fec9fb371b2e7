import type { Ratio } from './ratios.ts'

/** A ratio may fall to this part of its stored median before it counts: machines differ, a regression is more. */
const FALL = 2 / 3

/** What a run is compared with: medians by the names of the ratios. */
export type Baseline = Readonly<Record<string, number>>

export interface Verdict {
  readonly good: boolean
  /** One line, fit for the terminal. */
  readonly line: string
}

/** The medians to compare later runs with. */
export function baselineOf(ratios: readonly Ratio[]): Baseline {
  const guarded = ratios.filter(({ guarded }) => guarded === true)
  return Object.fromEntries(guarded.map(({ name, median }) => [name, Number(median.toPrecision(4))]))
}

/** Compares a run with what is stored; a stored ratio that was not measured has failed. */
export function check(ratios: readonly Ratio[], baseline: Baseline): Verdict[] {
  return Object.entries(baseline).map(([name, stored]) => {
    const median = ratios.find((ratio) => ratio.name === name)?.median
    if (median === undefined || Number.isNaN(median)) return { good: false, line: `${name}: was not measured` }
    const good = median >= stored * FALL
    return {
      good,
      line: `${name}: ${median.toPrecision(3)}, stored ${stored}${good ? '' : ': fell by more than a third'}`,
    }
  })
}
