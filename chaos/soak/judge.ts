import { loggedOutWrongly } from '../checks/index.ts'
import type { Verdict } from '../checks/verdict.ts'
import type { HistoryEvent } from '../history/events.ts'
import { soakChecks } from './checks.ts'

export interface Judgement {
  readonly verdicts: readonly Verdict[]
  /** Checks that had nothing to judge, and need not have. */
  readonly unjudged: readonly string[]
  /** How many honest clients lost their session without a cause. */
  readonly loggedOut: number
}

/** Judges the history of an episode by all that must hold. */
export function judge(events: readonly HistoryEvent[]): Judgement {
  const judged = soakChecks().map(({ check, judges }) => ({ verdict: check.judge(events), judges }))
  const isLeftOut = ({ verdict, judges }: (typeof judged)[number]) =>
    judges === 'when it comes to it' && verdict.judged === 0 && verdict.violations.length === 0
  return {
    verdicts: judged.filter((one) => !isLeftOut(one)).map(({ verdict }) => verdict),
    unjudged: judged.filter(isLeftOut).map(({ verdict }) => verdict.check),
    loggedOut: loggedOutWrongly(events),
  }
}

/** What the harness itself could not do is no verdict about the server, and no success either. */
export function allMade(planned: number, problems: readonly string[]): Verdict {
  const claim = 'everything planned was made, seen to hold, and ended'
  return { check: 'all-made', claim, judged: planned, violations: problems }
}
