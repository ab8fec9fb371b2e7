import { type Call, callsOf } from '../checks/calls.ts'
import {
  alwaysHold,
  type Check,
  guessBudget,
  holdOfBreakers,
  holdUnderFaults,
  loadKeptUp,
  lostAnswersForgiven,
  noPasswordChecked,
  revocationHolds,
  revokeAllHolds,
  revokeAllSignsAnew,
  sessionsSurvive,
  tokensAlwaysVerify,
} from '../checks/index.ts'
import { bothGone, faultSpans, overlap } from '../checks/spans.ts'
import type { HistoryEvent } from '../history/events.ts'
import { BACK_MS, HALF_OPEN_AFTER_MS } from './settings.ts'
import { healedLater, withoutCalls } from './views.ts'

/** The event loops of a machine that does much else may be late by that, in milliseconds. */
const LATE_MS = 500

/** Options of the invariants for two instances that are disturbed all the time. Milliseconds. */
const OPTIONS = {
  halfOpenAfterMs: HALF_OPEN_AFTER_MS,
  lateMs: LATE_MS,
  withinMs: LATE_MS / 2,
  marginMs: 2 * LATE_MS,
  startMs: 2_500,
  // An instance that no store reaches goes on signing with the key it has; when the others must know is for 4a and 4b.
  revokeAllMs: 30_000,
}

/** Faults that take all of Redis away from everybody, so that no password may be checked. */
const REDIS_AWAY = ['stopped', 'killed', 'frozen', 'read-only', 'out of memory', 'black-holed', 'refused']

/** A check and what the soak makes of one that had nothing to judge. */
export interface SoakCheck {
  readonly check: Check
  /** `always`: that is a failure. `when it comes to it`: in this episode nothing of its kind happened. */
  readonly judges: 'always' | 'when it comes to it'
}

/**
 * What every episode is judged by: all invariants, as strict as two instances with links of their own allow.
 *
 * Left out are `all-succeed`, for most episodes have an outage, and `answers-during`, whose matrix is of one fault at a
 * time: an answer may come from the instance that is well.
 */
export function soakChecks(): readonly SoakCheck[] {
  const replaced = ['load-kept-up', 'tokens-always-verify', 'sessions-survive']
  const always = alwaysHold(OPTIONS).filter(({ name }) => !replaced.includes(name))
  const ofBreakers = holdOfBreakers(OPTIONS)
  const sometimes = [
    ...holdUnderFaults(OPTIONS),
    ...ofBreakers.map((check) => (check.name === 'refused-at-once' ? waitingForNobodyElse(check) : check)),
    afterRecovery(revocationHolds({ recoveryMs: 0 })),
    lostAnswersForgiven(OPTIONS),
    guessBudget(),
    noPasswordChecked(REDIS_AWAY),
    afterRecovery(revokeAllHolds({ recoveryMs: 0 })),
    afterRecovery(revokeAllSignsAnew({ recoveryMs: 0 })),
  ]
  return [
    ...[...always, loadKeptUp({ lateMs: LATE_MS }), knowingTheKey(), ofThoseWhoStay()].map(
      (check) => ({ check, judges: 'always' }) as const,
    ),
    ...sometimes.map((check) => ({ check, judges: 'when it comes to it' }) as const),
  ]
}

/**
 * 3 and 4, with each fault as long as its recovery: until its breaker has closed an instance hears nothing from a
 * store, also of what was done after the heal, by an instance that was back sooner.
 */
function afterRecovery(check: Check): Check {
  return { ...check, judge: (history) => check.judge(healedLater(history, BACK_MS)) }
}

/**
 * Without the refusals that come while the other dependency is in trouble as well: a logout waits for Redis first, and
 * only then is refused by the breaker of Postgres.
 */
function waitingForNobodyElse(check: Check): Check {
  return {
    ...check,
    judge(history) {
      const faults = faultSpans(healedLater(history, BACK_MS))
      const isMore = ({ end, from, to }: Call) =>
        end?.status === 503 && faults.some((fault) => fault.target !== end.dependency && overlap(fault, { from, to }))
      return check.judge(withoutCalls(history, isMore))
    },
  }
}

/**
 * 2b, but for clients who have gone although their logout was refused, as it is when a Revoke All has voided the access
 * token that they showed: nobody comes again for the session, so it has no token after the heal. A refusal still
 * counts.
 */
function ofThoseWhoStay(): Check {
  const check = sessionsSurvive(OPTIONS)
  return {
    ...check,
    judge(history) {
      const gone = new Set(
        callsOf(history).flatMap(({ operation, outcome, invoke }) =>
          operation === 'logout' && outcome === 'fail' && invoke.session !== undefined ? [invoke.session] : [],
        ),
      )
      const isOfOne = ({ operation, outcome, invoke }: Call) =>
        operation === 'refresh' && outcome === 'info' && gone.has(invoke.session ?? '')
      return check.judge(withoutCalls(history, isOfOne))
    },
  }
}

/**
 * 9a, but for an instance that neither store reaches: of a key that was made meanwhile it can say nothing, and its 503
 * says just that.
 */
function knowingTheKey(): Check {
  const check = tokensAlwaysVerify(OPTIONS)
  return { ...check, judge: (history) => check.judge(withoutCalls(history, isUnknownKey(history))) }
}

function isUnknownKey(history: readonly HistoryEvent[]) {
  const gone = bothGone(healedLater(history, BACK_MS))
  return (call: Call) =>
    call.end?.status === 503 && call.end.dependency === 'signing-keys' && gone.some((span) => overlap(span, call))
}
