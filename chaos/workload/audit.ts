import { type Actors, ownerOf, refreshAs } from './actions.ts'
import { untilKnown } from './again.ts'
import type { CallOptions } from './client.ts'
import { inParallel } from './in-parallel.ts'

export interface AuditOptions {
  /** Clients at once. */
  readonly atOnce?: number
  /** How long each one goes on asking while it gets no answer to rely on, in milliseconds. */
  readonly withinMs?: number
  readonly to?: CallOptions['to']
}

/** What an audit has found; the judgement is for the checks, over the history. */
export interface AuditReport {
  readonly accounts: number
  readonly sessions: number
  /** Those of them that did not do what they must. */
  readonly failed: number
}

/** The phase that an audit begins in the history. */
export const AUDIT_PHASE = 'audit'

const AT_ONCE = 4
const WITHIN_MS = 10_000

/**
 * Asks, after the heal and the end of the load, for all that was promised: every acknowledged registration logs in; every
 * session that should be alive is refreshed, and its new access token verified. Doubtful registrations are tried as well.
 */
export async function audit(actors: Actors, options: AuditOptions = {}): Promise<AuditReport> {
  const { client, population } = actors
  const { atOnce = AT_ONCE, withinMs = WITHIN_MS, to } = options
  const call: CallOptions = to === undefined ? {} : { to }
  client.history.record({ type: 'phase', phase: AUDIT_PHASE })
  const accounts = [...population.accounts, ...population.victims]
  const logins = await inParallel(accounts, atOnce, (account) =>
    untilKnown(() => client.login(account, call), withinMs),
  )
  await inParallel([...population.unsure], atOnce, (account) => client.login(account, call))
  const { sessions } = population
  const alive = await inParallel(sessions, atOnce, async (session) => {
    if (!population.take(session)) return false
    const { type } = await untilKnown(() => refreshAs(session, actors, call), withinMs)
    if (type !== 'ok') return false
    const verified = await untilKnown(() => client.verify(session.access, ownerOf(session), call), withinMs)
    return verified.type === 'ok'
  })
  // A spent budget is no answer about the account.
  const lost = logins.filter(({ type, code }) => type !== 'ok' && code !== 'too_many_attempts')
  const failed = lost.length + alive.filter((is) => !is).length
  return { accounts: accounts.length, sessions: sessions.length, failed }
}
