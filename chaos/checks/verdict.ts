import type { HistoryEvent } from '../history/events.ts'

/** What a check found in a history. */
export interface Verdict {
  /** The check's name, for instance `sessions-survive`. */
  readonly check: string
  /** The claim, as a sentence for the report. */
  readonly claim: string
  /** How many operations, tokens or changes it could judge; none is a failure, never a pass. */
  readonly judged: number
  /** One line for each thing that must not be, with `at` and what it was; at most 20, then how many more. */
  readonly violations: readonly string[]
}

/** A pure judgement over the history of one scenario, in the order of `at`. */
export interface Check {
  readonly name: string
  readonly claim: string
  judge(history: readonly HistoryEvent[]): Verdict
}

/** A verdict passes when there was something to judge and nothing was wrong. */
export function passes({ judged, violations }: Verdict): boolean {
  return judged > 0 && violations.length === 0
}
