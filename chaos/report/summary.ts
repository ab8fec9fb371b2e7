import { passes, type Verdict } from '../checks/verdict.ts'
import type { ScenarioView } from './aggregate.ts'
import { milliseconds, plural } from './format.ts'
import type { Journal, Recovery, ScenarioResult } from './journal.ts'

/** The check whose violations are honest clients that lost their session. */
export const SESSIONS_CHECK = 'sessions-survive'

/** How often a thing that must not be was seen: the lines, and those that the last line only counts. */
export function violationCount({ violations }: Pick<Verdict, 'violations'>): number {
  const more = moreOf(violations.at(-1))
  return more === undefined ? violations.length : violations.length - 1 + more
}

/** `and 12 more`, as verdict.ts puts it after the twentieth line. */
function moreOf(line: string | undefined): number | undefined {
  const found = /^\W*and ([\d,]+) more\b/i.exec(line ?? '')?.[1]
  return found === undefined ? undefined : Number(found.replaceAll(',', ''))
}

/** Honest sessions that were refused in a run; `not judged` when no scenario could tell. */
export function loggedOutWrongly({ scenarios }: Journal): number | 'not judged' {
  const verdicts = scenarios
    .flatMap((scenario) => scenario.verdicts)
    .filter(({ check, judged, violations }) => check === SESSIONS_CHECK && (judged > 0 || violations.length > 0))
  return verdicts.length === 0 ? 'not judged' : verdicts.reduce((sum, verdict) => sum + violationCount(verdict), 0)
}

/** The run in one sentence. */
export interface Headline {
  readonly good: boolean
  readonly text: string
}

/** Broken claims first; then what failed without one; silence is never success. */
export function headline({ scenarios }: Journal): Headline {
  const verdicts = scenarios.flatMap((scenario) => scenario.verdicts)
  const broken = verdicts.filter((verdict) => !passes(verdict)).length
  const failed = scenarios.filter(({ outcome }) => outcome === 'failed').length
  if (broken > 0) return { good: false, text: `${plural(broken, 'claim')} broken` }
  if (failed > 0) return { good: false, text: `${plural(failed, 'scenario')} failed` }
  if (verdicts.length === 0) return { good: false, text: 'Nothing was judged' }
  return { good: true, text: 'All claims held' }
}

export interface Totals {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly claims: number
  readonly claimsHeld: number
  readonly operations: number
  /** Faults that were seen to hold. */
  readonly faultsStruck: number
  readonly tokensVerified: number
}

/** The numbers of a run. */
export function totals(views: readonly ScenarioView[]): Totals {
  const having = (outcome: ScenarioResult['outcome']) => views.filter(({ result }) => result.outcome === outcome).length
  const sum = (of: (view: ScenarioView) => number) => views.reduce((all, view) => all + of(view), 0)
  return {
    passed: having('passed'),
    failed: having('failed'),
    skipped: having('skipped'),
    claims: sum(({ result }) => result.verdicts.length),
    claimsHeld: sum(({ result }) => result.verdicts.filter(passes).length),
    operations: sum(({ calls }) => calls.total),
    faultsStruck: sum(({ faults }) => faults.filter(({ struck }) => struck !== undefined).length),
    tokensVerified: sum(({ tokensVerified }) => tokensVerified),
  }
}

/** The recovery that came nearest to its bound, or went furthest over it. */
export function worstRecovery(recoveries: readonly Recovery[]): Recovery | undefined {
  return recoveries.toSorted((a, b) => b.ms / b.boundMs - a.ms / a.boundMs)[0]
}

/** Whether something took longer to come back than it may. */
export function isLate({ ms, boundMs }: Recovery): boolean {
  return ms > boundMs
}

/** What went wrong in a scenario, one line each, the gravest first. Empty when all went well. */
export function whatBroke({ reason, outcome, steps, verdicts, recoveries }: ScenarioResult): readonly string[] {
  return [
    ...(outcome === 'failed' && reason !== undefined ? [`It ended early: ${reason}`] : []),
    ...verdicts
      .filter((verdict) => !passes(verdict))
      .map((verdict) => `Claim broken: ${verdict.claim} (${verdict.check}: ${findings(verdict)})`),
    ...steps
      .filter(({ ok }) => !ok)
      .map(({ text, detail }) => `Step failed: ${text}${detail === undefined ? '' : ` (${detail})`}`),
    ...recoveries
      .filter(isLate)
      .map(({ name, ms, boundMs }) => `Too late: ${name}, ${milliseconds(ms)} of ${milliseconds(boundMs)}`),
  ]
}

/** `3 violations`, or that there was nothing to judge. */
export function findings(verdict: Verdict): string {
  const violations = violationCount(verdict)
  if (violations > 0) return plural(violations, 'violation')
  return verdict.judged > 0 ? 'no violation' : 'nothing to judge'
}
