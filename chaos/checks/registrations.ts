import { type Call, callsOf, describe } from './calls.ts'
import { check } from './check.ts'
import { lastHealed } from './spans.ts'
import type { Check } from './verdict.ts'

interface Fate {
  /** The call that first told the client that the account exists. */
  readonly acknowledged: Call
  readonly logins: Call[]
}

/**
 * 1a. An acknowledged registration is never lost: a login with its password is never refused, and after the last heal one
 * succeeds. Acknowledged is what answered 201, and what a client could see to exist: a login that went well, a 409 for an
 * email that nobody else knows. A registration of unknown outcome may exist or not. A 429 is no answer about it.
 */
export function registrationsKept(): Check {
  const claim = 'every acknowledged registration logs in after the heal'
  return check('registrations-kept', claim, (history, findings) => {
    const healed = lastHealed(history)
    for (const [email, { acknowledged, logins }] of fatesOf(callsOf(history))) {
      const after = logins.filter((login) => login === acknowledged || login.from > acknowledged.to)
      const refused = after.find(({ end }) => end?.type === 'fail' && end.code !== 'too_many_attempts')
      const decisive = after.filter(({ from, end }) => from >= healed && end?.code !== 'too_many_attempts')
      const spent = decisive.length === 0 && after.some(({ from }) => from >= healed)
      if (refused === undefined && spent) continue
      findings.judged += 1
      if (refused !== undefined) findings.add(refused.to, `${email} was registered, and then: ${describe(refused)}`)
      else if (!decisive.some(({ outcome }) => outcome === 'ok')) {
        const last = decisive.at(-1)
        const what = last === undefined ? 'nobody tried to log in' : `the last login was: ${describe(last)}`
        findings.add(last?.from ?? acknowledged.to, `${email} was registered; after the heal ${what}`)
      }
    }
  })
}

/** 1b. No email is registered twice: one 201 at most, and one account behind all its sessions. */
export function registeredOnce(): Check {
  return check('registered-once', 'no email has two accounts', (history, findings) => {
    const accounts = new Map<string, string>()
    const registered = new Set<string>()
    for (const call of callsOf(history)) {
      const { operation, end, to, invoke } = call
      const email = end?.user ?? invoke.user
      if (end?.type !== 'ok' || email === undefined || end.account === undefined) continue
      const before = accounts.get(email)
      accounts.set(email, before ?? end.account)
      if (before !== undefined && before !== end.account) {
        findings.add(to, `${email} is account ${before}, and by ${operation} account ${end.account}`)
      }
      if (operation !== 'register') continue
      findings.judged += 1
      if (registered.has(email)) findings.add(to, `${email} was registered a second time`)
      registered.add(email)
    }
  })
}

function fatesOf(calls: readonly Call[]): ReadonlyMap<string, Fate> {
  const fates = new Map<string, Fate>()
  const logins = new Map<string, Call[]>()
  for (const call of calls) {
    const { operation, invoke, outcome, end, to } = call
    if (invoke.user === undefined) continue
    if (operation === 'login') {
      const known = logins.get(invoke.user)
      if (known === undefined) logins.set(invoke.user, [call])
      else known.push(call)
    } else if (operation !== 'register') continue
    const exists = outcome === 'ok' || (operation === 'register' && end?.code === 'email_taken')
    if (!exists || to >= (fates.get(invoke.user)?.acknowledged.to ?? Number.POSITIVE_INFINITY)) continue
    fates.set(invoke.user, { acknowledged: call, logins: [] })
  }
  return new Map(
    [...fates].map(([email, { acknowledged }]) => [email, { acknowledged, logins: logins.get(email) ?? [] }]),
  )
}
