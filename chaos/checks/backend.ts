import { callsOf, describe } from './calls.ts'
import { check } from './check.ts'
import { type ExcuseOptions, Excuses } from './excuses.ts'
import { faultSpans } from './spans.ts'
import type { Check } from './verdict.ts'

/** How what was under way on a socket ends when that is closed as revoked. */
const REVOKED = 'closed with 4401'
/** What the Backend does by itself for somebody who is logged in. */
const OWN = new Set(['backend', 'socket', 'socket_open', 'socket_token'])

export interface BackendServesOptions extends ExcuseOptions {
  /** Judges what began while a fault of this target held; all when it is left out. */
  readonly without?: string
}

/**
 * Whoever is logged in goes on working in the Backend, whatever happens to the auth server: every HTTP call that it answers
 * by itself and everything on its sockets succeeds, with a token that is neither expired nor revoked: 100 %. Tokens that no
 * answer in this history gave (forged ones) are not judged. Whether a socket was revoked for a cause is for `sockets-kept`:
 * what was under way on it, a fresh token say, could not be answered.
 */
export function backendServes({ without, ...options }: BackendServesOptions = {}): Check {
  const [name, claim] =
    without === undefined
      ? ['backend-serves', 'who is logged in can work in the Backend, always']
      : [`backend-serves-without-${without}`, `who is logged in can work in the Backend while ${without} is away`]
  return check(name, claim, (history, findings) => {
    const excuses = new Excuses(history, options)
    const away = faultSpans(history).filter(({ target }) => target === without)
    for (const call of callsOf(history)) {
      if (!OWN.has(call.operation) || !excuses.tokens.access.has(call.invoke.access ?? '')) continue
      if (call.outcome !== 'ok' && (excuses.ofAccess(call) !== undefined || call.end?.error === REVOKED)) continue
      if (without !== undefined && !away.some(({ holds }) => holds.from <= call.from && call.from <= holds.to)) continue
      findings.judged += 1
      if (call.outcome !== 'ok') findings.add(call.from, describe(call))
    }
  })
}

/**
 * With the auth server away, what the Backend needs it for fails gracefully: a 503 that says so, within the Backend's own
 * time-out. Judges what was asked while a fault of this target held, and answered before it was healed.
 */
export function backendSaysSo({ target, withinMs }: { readonly target: string; readonly withinMs: number }): Check {
  const claim = `with auth away the Backend says so within ${withinMs} ms`
  return check('backend-says-so', claim, (history, findings) => {
    const faults = faultSpans(history).filter((fault) => fault.target === target)
    for (const call of callsOf(history)) {
      const { operation, end, from, to } = call
      if (!(operation === 'backend_login' || operation === 'backend_sessions')) continue
      if (!faults.some(({ holds }) => holds.from <= from && to <= holds.to)) continue
      findings.judged += 1
      const isGraceful = end?.status === 503 && end.code === 'auth_unavailable' && end.dependency === 'auth'
      if (!isGraceful) findings.add(to, `${describe(call)}; 503 auth_unavailable expected`)
      else if (end.ms > withinMs) findings.add(to, `${describe(call)} took ${Math.round(end.ms)} ms`)
    }
  })
}
