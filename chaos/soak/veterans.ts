import { type Call, callsOf } from '../checks/calls.ts'
import type { HistoryEvent } from '../history/events.ts'
import type { Population, Session } from '../workload/population.ts'
import type { Grant } from '../workload/tokens.ts'

const MOST = 20

/** Sessions that go on from one episode to the next, and the past of each that its judges must know. */
export interface Veterans {
  readonly sessions: readonly Session[]
  /** How the tokens that they hold came into being. */
  readonly past: readonly HistoryEvent[]
}

export const NOBODY: Veterans = { sessions: [], past: [] }

/**
 * Those of a population who go on: their last refresh went well, so that nothing of before is in doubt.
 *
 * The numbers of their operations become negative, for those of the next episode begin anew.
 */
export function veteransOf(population: Population, history: readonly HistoryEvent[]): Veterans {
  const last = new Map(
    callsOf(history).flatMap((call) => {
      const session = call.end?.session ?? call.invoke.session
      return session !== undefined && (call.operation === 'login' || call.operation === 'refresh')
        ? [[session, call] as const]
        : []
    }),
  )
  const sessions = population.sessions
    .filter(({ id, refresh }) => last.get(id)?.end?.refresh === refresh.fingerprint)
    .slice(0, MOST)
  const past = sessions.flatMap(({ id }, i) => {
    const call = last.get(id)
    return call?.end === undefined ? [] : beginning(call.invoke, call.end, -1 - i)
  })
  return { sessions, past: past.toSorted((a, b) => a.at - b.at) }
}

/**
 * A refresh as the login that began the session: the token that it spent is of a time that nobody knows any more. Of
 * whom it was is left out, or it would be one more login of that account, which has to be able to log in.
 */
function beginning(invoke: Call['invoke'], end: NonNullable<Call['end']>, op: number): readonly HistoryEvent[] {
  const { at, instance, due } = invoke
  const { user: _user, account: _account, ...given } = end
  const common = { op, operation: 'login', scenario: '' } as const
  return [
    { at, instance, due, type: 'invoke', ...common },
    { ...given, ...common },
  ]
}

/** They join another population; nobody logs in with their accounts any more. */
export function enlist({ sessions }: Veterans, population: Population): void {
  for (const { id, account, access, refresh } of sessions) {
    population.add(account, { sessionId: id, account: '', user: account.email, access, refresh } satisfies Grant)
  }
}
