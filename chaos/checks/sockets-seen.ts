import type { HistoryEvent, SocketEvent } from '../history/events.ts'
import { callsOf } from './calls.ts'

/** A socket from its opening to its end. */
export interface LivedSocket {
  readonly connection: string
  readonly session: string | undefined
  readonly from: number
  /** Undefined when the history ends before it did. */
  readonly closed: { readonly at: number; readonly code: number; readonly wanted: boolean } | undefined
  /** The key that had signed its token at a time. */
  kidAt(at: number): string | undefined
}

/** The sockets of a history, in the order in which they were opened. */
export function socketsIn(history: readonly HistoryEvent[]): readonly LivedSocket[] {
  const tokens = tokensPresented(history)
  const ends = new Map<string, SocketEvent & { readonly at: number }>()
  for (const event of history)
    if (event.type === 'socket' && event.stage === 'closed') ends.set(event.connection, event)
  return history.flatMap((event) => {
    if (event.type !== 'socket' || event.stage !== 'opened') return []
    const { connection, session, at: from, kid } = event
    const end = ends.get(connection)
    const closed = end && { at: end.at, code: end.code ?? 0, wanted: end.wanted ?? false }
    const later = tokens.get(connection) ?? []
    const kidAt = (at: number) => later.findLast((one) => one.at <= at)?.kid ?? kid
    return { connection, session, from, closed, kidAt }
  })
}

/** The keys of the fresh tokens that each socket was given, by when. */
function tokensPresented(history: readonly HistoryEvent[]) {
  const presented = new Map<string, { readonly at: number; readonly kid: string | undefined }[]>()
  for (const { operation, outcome, invoke, end, to } of callsOf(history)) {
    if (operation !== 'socket_token' || outcome !== 'ok' || end?.connection === undefined) continue
    const known = presented.get(end.connection) ?? []
    presented.set(end.connection, known)
    known.push({ at: to, kid: invoke.kid })
  }
  for (const known of presented.values()) known.sort((a, b) => a.at - b.at)
  return presented
}
