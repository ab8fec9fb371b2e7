import type { HistoryEvent } from '../history/events.ts'
import { callsOf } from './calls.ts'
import { check } from './check.ts'
import { type LivedSocket, socketsIn } from './sockets-seen.ts'
import type { Check } from './verdict.ts'

/** The code that a socket is closed with when its session or the key of its token is void. */
const REVOKED = 4401

/** What ends sockets: when it was asked for, when it was acknowledged, and whose they are. */
interface Revocation {
  readonly from: number
  readonly to: number
  readonly what: string
  readonly concerns: (socket: LivedSocket, at: number) => boolean
}

/**
 * No open socket is lost: each one stays the same connection, whatever fails, until its client closes it, its session is
 * logged out, or the key of its token is void.
 */
export function socketsKept(): Check {
  return check('sockets-kept', 'no open socket is lost, whatever fails', (history, findings) => {
    const revocations = revocationsIn(history)
    const current = new Map<string, LivedSocket>()
    for (const socket of socketsIn(history)) {
      findings.judged += 1
      const { session, closed, from } = socket
      const before = session === undefined ? undefined : current.get(session)
      if (session !== undefined) current.set(session, socket)
      if (before !== undefined && before.closed === undefined) {
        findings.add(from, `session ${session} has a second socket, ${socket.connection}`)
      }
      if (closed === undefined || closed.wanted) continue
      if (revocations.some((one) => one.from <= closed.at && one.concerns(socket, closed.at))) continue
      findings.add(closed.at, `the socket ${socket.connection} of session ${session} was closed with ${closed.code}`)
    }
  })
}

export interface SocketsCloseOptions {
  /** How long after the revocation was acknowledged, in milliseconds. */
  readonly boundMs?: number
}

/**
 * A socket whose session is logged out, or whose token was signed by a key that Revoke All has made void, is closed within
 * the bound, with the code that says so. A socket that was given a token of the new key meanwhile may stay.
 */
export function revokedSocketsClose({ boundMs = 1000 }: SocketsCloseOptions = {}): Check {
  const claim = `a socket whose session or key is revoked closes within ${boundMs} ms`
  return check('revoked-sockets-close', claim, (history, findings) => {
    const last = history.at(-1)?.at ?? 0
    for (const { from, to, what, concerns } of revocationsIn(history)) {
      const deadline = to + boundMs
      for (const socket of socketsIn(history)) {
        const { closed, connection } = socket
        const wasOpen = socket.from < from && (closed === undefined || closed.at >= from)
        if (!wasOpen || !concerns(socket, from) || (closed?.wanted === true && closed.at <= deadline)) continue
        if (!concerns(socket, Math.min(deadline, closed?.at ?? last))) continue
        findings.judged += 1
        const name = `the socket ${connection}`
        if (closed === undefined || closed.at > deadline) findings.add(deadline, `${name} outlived ${what}`)
        else if (closed.code !== REVOKED)
          findings.add(closed.at, `${name} was closed with ${closed.code} after ${what}`)
      }
    }
  })
}

/** The logouts and the Revoke Alls that may have had an effect; of those without an answer nobody knows until when. */
function revocationsIn(history: readonly HistoryEvent[]): readonly Revocation[] {
  return callsOf(history).flatMap((call) => {
    const { operation, outcome, invoke, end, from, to } = call
    if (outcome === 'fail') return []
    if (operation === 'logout' && invoke.session !== undefined) {
      const { session } = invoke
      return { from, to, what: `the logout of ${session}`, concerns: (socket) => socket.session === session }
    }
    if (operation !== 'revoke_all') return []
    return { from, to, what: 'Revoke All', concerns: (socket, at) => socket.kidAt(at) !== end?.kid }
  })
}
