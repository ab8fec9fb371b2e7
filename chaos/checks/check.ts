import type { HistoryEvent } from '../history/events.ts'
import type { Check } from './verdict.ts'

const MAX_VIOLATIONS = 20

/** What a check finds on its way through a history. */
export class Findings {
  /** Things that it could judge. */
  judged = 0
  readonly #violations: { readonly at: number; readonly text: string }[] = []

  /** @param at of what must not be, in milliseconds since the run's start */
  add(at: number, text: string): void {
    this.#violations.push({ at, text })
  }

  /** The earliest come first; at most 20, then how many more. */
  get violations(): readonly string[] {
    const sorted = this.#violations.sort((a, b) => a.at - b.at)
    const lines = sorted.slice(0, MAX_VIOLATIONS).map(({ at, text }) => `${(at / 1000).toFixed(3)} s: ${text}`)
    const more = sorted.length - MAX_VIOLATIONS
    return more > 0 ? [...lines, `and ${more} more`] : lines
  }
}

/** Makes a check of a judgement that fills in what it finds. */
export function check(
  name: string,
  claim: string,
  judge: (history: readonly HistoryEvent[], findings: Findings) => void,
): Check {
  return {
    name,
    claim,
    judge(history) {
      const findings = new Findings()
      judge(history, findings)
      return { check: name, claim, judged: findings.judged, violations: findings.violations }
    },
  }
}
