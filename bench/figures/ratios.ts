import type { Figure, Middle } from './figures.ts'
import { middleOf } from './figures.ts'

/** Two figures of one run to be compared round by round. */
export interface RatioSpec {
  readonly name: string
  readonly of: string
  readonly over: string
  /** What is wanted of the median. */
  readonly goal?: Goal
  /** True for one that the quick run guards against a fall. */
  readonly guarded?: boolean
}

export type Goal = { readonly atLeast: number } | { readonly atMost: number }

export interface Ratio extends Middle {
  readonly name: string
  readonly samples: readonly number[]
  readonly goal?: Goal
  readonly guarded?: boolean
}

/** The ratios of which both figures were measured. */
export function ratiosOf(specs: readonly RatioSpec[], figures: readonly Figure[]): Ratio[] {
  const samplesOf = (name: string) => figures.find((figure) => figure.name === name)?.samples
  return specs.flatMap(({ of, over, ...spec }) => {
    const [one, other] = [samplesOf(of), samplesOf(over)]
    if (one === undefined || other === undefined) return []
    const samples = one.slice(0, other.length).map((sample, round) => sample / (other[round] as number))
    return [{ ...spec, samples, ...middleOf(samples) }]
  })
}

/** Whether a median is as wanted; undefined where nothing is wanted. */
export function isMet({ median, goal }: Pick<Ratio, 'median' | 'goal'>): boolean | undefined {
  if (goal === undefined) return undefined
  return 'atLeast' in goal ? median >= goal.atLeast : median <= goal.atMost
}

/** `at least 0.75`, `at most 2`, or nothing. */
export function goalText(goal: Goal | undefined): string {
  if (goal === undefined) return ''
  return 'atLeast' in goal ? `≥ ${goal.atLeast}` : `≤ ${goal.atMost}`
}
