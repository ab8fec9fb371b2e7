import type { HistoryEvent } from '../history/events.ts'
import { type Call, callsOf, describe } from './calls.ts'
import { check, type Findings } from './check.ts'
import { type ExcuseOptions, Excuses } from './excuses.ts'
import { lastHealed } from './spans.ts'
import { sessionOf } from './tokens-seen.ts'
import type { Check } from './verdict.ts'

export interface RefreshOnceOptions {
  /** `REFRESH_GRACE` of the server, in milliseconds. */
  readonly graceMs?: number
}

const GRACE_MS = 10_000

/**
 * 2a. A refresh token is redeemed at most once: whoever sends it again gets the same successor, and only within the
 * grace. The rotation was before the first answer came, so a repeat that is sent later than the grace after that answer
 * is too late on every clock.
 */
export function refreshOnce({ graceMs = GRACE_MS }: RefreshOnceOptions = {}): Check {
  return check(
    'refresh-once',
    'a refresh token has one successor, given again within the grace alone',
    (history, findings) => {
      const spent = new Map<string, Call>()
      const given = new Map<string, string>()
      const redeemed = callsOf(history).filter(({ operation, outcome }) => operation === 'refresh' && outcome === 'ok')
      for (const call of redeemed.sort((a, b) => a.to - b.to)) {
        const { invoke, end, from, to } = call
        const [token, successor] = [invoke.refresh, end?.refresh]
        if (token === undefined || successor === undefined) continue
        const first = spent.get(token)
        if (first === undefined) {
          findings.judged += 1
          spent.set(token, call)
        } else if (first.end?.refresh !== successor) {
          findings.add(to, `${token} gave ${first.end?.refresh}, and then ${successor}`)
        } else if (from - first.to > graceMs) {
          findings.add(to, `${token} was redeemed again ${Math.round(from - first.to)} ms after its first answer`)
        }
        const parent = given.get(successor)
        given.set(successor, parent ?? token)
        if (parent !== undefined && parent !== token)
          findings.add(to, `${successor} came from ${parent} and from ${token}`)
      }
    },
  )
}

/** An honest session and what became of it. */
interface Fate {
  readonly session: string
  readonly calls: Call[]
  /** The first refusal without a cause. */
  refused: Call | undefined
  /** By the end there was a cause: the session is not expected to live any more. */
  ended: boolean
}

function fatesOf(history: readonly HistoryEvent[], options: ExcuseOptions): readonly Fate[] {
  const excuses = new Excuses(history, options)
  const fates = new Map<string, Fate>()
  for (const call of callsOf(history)) {
    const session = call.operation === 'refresh' ? sessionOf(call, excuses.tokens) : undefined
    if (session === undefined) continue
    const fate = fates.get(session) ?? { session, calls: [], refused: undefined, ended: false }
    fates.set(session, fate)
    fate.calls.push(call)
    fate.ended ||= excuses.ofRefresh(call, Number.POSITIVE_INFINITY) !== undefined
    if (excuses.ofRefresh(call) === undefined && call.end?.type === 'fail' && call.end.code !== 'too_many_attempts') {
      fate.refused ??= call
    }
  }
  return [...fates.values()]
}

/**
 * 2b. No honest client loses its session: a refresh is never refused without a cause, and after the last heal those who
 * are still logged in get their next token. Causes are a logout, a Revoke All with sessions, too many logins of the
 * account, a token that was sent although its successor had come; each may also have an unknown outcome.
 */
export function sessionsSurvive(options: ExcuseOptions = {}): Check {
  return check('sessions-survive', 'no honest client loses its session', (history, findings) => {
    const healed = lastHealed(history)
    for (const fate of fatesOf(history, options)) {
      if (judgeRefusal(fate, findings) || fate.ended) continue
      const after = fate.calls.filter(({ from, end }) => from >= healed && end?.code !== 'too_many_attempts')
      const last = after.at(-1)
      if (last === undefined) continue
      findings.judged += 1
      if (after.some(({ outcome }) => outcome === 'ok')) continue
      findings.add(last.from, `session ${fate.session} got no token after the heal; the last: ${describe(last)}`)
    }
  })
}

/**
 * 2c. An unknown outcome never costs an honest client its session: whoever got none comes again with the same token, and
 * then gets the next. Judges the sessions that had a refresh of unknown outcome and came again.
 */
export function lostAnswersForgiven(options: ExcuseOptions = {}): Check {
  return check('lost-answers-forgiven', 'a refresh of unknown outcome can be repeated', (history, findings) => {
    for (const fate of fatesOf(history, options)) {
      const unknown = fate.calls.findIndex(({ outcome }) => outcome === 'info')
      const known = fate.calls.slice(unknown + 1).some(({ outcome }) => outcome !== 'info')
      if (unknown < 0 || !known || (fate.ended && fate.refused === undefined)) continue
      if (!judgeRefusal(fate, findings)) findings.judged += 1
    }
  })
}

/** How many honest clients were logged out without a cause: for the headline. */
export function loggedOutWrongly(history: readonly HistoryEvent[], options: ExcuseOptions = {}): number {
  return fatesOf(history, options).filter(({ refused }) => refused !== undefined).length
}

function judgeRefusal({ session, refused, calls }: Fate, findings: Findings): boolean {
  if (refused === undefined) return false
  findings.judged += 1
  const token = refused.invoke.refresh
  const sent = calls.find(({ invoke, outcome }) => invoke.refresh === token && outcome === 'info')
  const ago =
    sent === undefined
      ? ''
      : `; its first attempt, ${Math.round(refused.from - sent.from)} ms before, had no known outcome`
  findings.add(refused.to, `session ${session} was logged out: ${describe(refused)}${ago}`)
  return true
}
