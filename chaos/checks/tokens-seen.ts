import type { HistoryEvent } from '../history/events.ts'
import { type Call, callsOf } from './calls.ts'

/** A token that the history saw come into being. */
export interface Minted {
  readonly session: string
  readonly user: string | undefined
  /** The login or refresh that gave it. */
  readonly by: Call
  /** Of an access token. */
  readonly kid: string | undefined
  readonly expires: number
}

/** All tokens that were given to clients, by their fingerprints. */
export interface TokensSeen {
  readonly access: ReadonlyMap<string, Minted>
  readonly refresh: ReadonlyMap<string, Minted>
}

/** The same refresh token may come again, as an answer to a repeat: the first time counts. */
export function tokensSeen(history: readonly HistoryEvent[]): TokensSeen {
  const access = new Map<string, Minted>()
  const refresh = new Map<string, Minted>()
  for (const call of callsOf(history)) {
    const { end } = call
    if (end?.type !== 'ok' || end.session === undefined) continue
    const { session, kid, expires = Number.POSITIVE_INFINITY } = end
    const minted = { session, user: end.user ?? call.invoke.user, by: call, kid, expires }
    if (end.access !== undefined) access.set(end.access, minted)
    if (end.refresh !== undefined && !refresh.has(end.refresh)) refresh.set(end.refresh, minted)
  }
  return { access, refresh }
}

/** The session that a call is about, by what it said or by its tokens. */
export function sessionOf({ invoke }: Call, { access, refresh }: TokensSeen): string | undefined {
  if (invoke.session !== undefined) return invoke.session
  if (invoke.refresh !== undefined) return refresh.get(invoke.refresh)?.session
  return invoke.access === undefined ? undefined : access.get(invoke.access)?.session
}
