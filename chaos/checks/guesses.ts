import { type Call, callsOf, describe } from './calls.ts'
import { check } from './check.ts'
import { faultSpans } from './spans.ts'
import type { Check } from './verdict.ts'

export interface GuessBudgetOptions {
  /** `ACCOUNT_RATE_LIMIT` of the server. */
  readonly max?: number
  readonly windowMs?: number
  /** How often the store may have forgotten the count: 1 where Redis came back without its data. */
  readonly resets?: number
}

const MAX = 10
const WINDOW_MS = 900_000

/** What is known of the attempts at one account. */
interface Attempts {
  /** No window that is open now can have begun before. */
  since: number
  /** When the last success was answered: what was sent before that may belong to the window that it ended. */
  cleared: number
  /** Wrong passwords that were checked since. */
  readonly checked: Call[]
}

/**
 * 5a. Passwords checked per account and window never exceed the budget. Checked was what answered 401
 * `invalid_credentials`; a 429 and a 503 checked nothing, and an unknown outcome is not held against the server. The
 * server's window begins with the first attempt and a success ends it, so: no more than the budget within a window's time
 * of the first attempt, and never more than two budgets within a window's time. A guess that logs in is a violation.
 */
export function guessBudget({ max = MAX, windowMs = WINDOW_MS, resets = 0 }: GuessBudgetOptions = {}): Check {
  const allowed = max * (resets + 1)
  return check('guess-budget', `at most ${allowed} wrong passwords per account and window`, (history, findings) => {
    const accounts = new Map<string, Attempts>()
    for (const call of callsOf(history)) {
      const { operation, invoke, end, from, to } = call
      if (!(operation === 'login' || operation === 'guess') || invoke.user === undefined) continue
      const known = accounts.get(invoke.user)
      const attempts = known ?? { since: from, cleared: Number.NEGATIVE_INFINITY, checked: [] }
      if (known === undefined) accounts.set(invoke.user, attempts)
      if (end?.type === 'ok') {
        if (operation === 'guess') findings.add(to, `a wrong password was right: ${describe(call)}`)
        Object.assign(attempts, { since: from, cleared: Math.max(attempts.cleared, to), checked: [] })
      }
      if (end?.code !== 'invalid_credentials') continue
      findings.judged += 1
      if (from <= attempts.cleared) continue
      attempts.checked.push(call)
      const excess = excessOf(attempts, allowed, windowMs)
      if (excess !== undefined) findings.add(to, `${invoke.user}: ${excess}`)
    }
  })
}

function excessOf({ since, checked }: Attempts, allowed: number, windowMs: number): string | undefined {
  const last = checked.at(-1)?.to ?? 0
  if (checked.length > allowed && last <= since + windowMs)
    return `${checked.length} wrong passwords in its first window`
  const early = checked.at(-2 * allowed - 1)
  if (early === undefined || last - early.from > windowMs) return undefined
  return `${2 * allowed + 1} wrong passwords within ${Math.round(last - early.from)} ms`
}

/**
 * 5b. While Redis is away no password is checked, right or wrong, since nobody could count: no login and no guess that
 * was sent after the fault held and answered before it was healed is 200 or 401.
 *
 * @param faults names of those that take Redis away altogether; by default every fault of Redis
 */
export function noPasswordChecked(faults?: readonly string[]): Check {
  return check('no-password-checked', 'while Redis is away no password is checked', (history, findings) => {
    const away = faultSpans(history).filter(
      ({ target, name }) => target === 'redis' && (faults === undefined || faults.includes(name)),
    )
    for (const call of callsOf(history)) {
      const { operation, end, from, to } = call
      if (!(operation === 'login' || operation === 'guess') || end?.status === undefined) continue
      if (!away.some(({ holds }) => holds.from <= from && to <= holds.to)) continue
      findings.judged += 1
      if (end.status === 200 || end.status === 401) findings.add(to, describe(call))
    }
  })
}
