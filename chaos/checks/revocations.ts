import type { HistoryEvent } from '../history/events.ts'
import { type Call, callsOf, describe } from './calls.ts'
import { check } from './check.ts'
import { type FaultSpan, faultSpans, overlap } from './spans.ts'
import { sessionOf, tokensSeen } from './tokens-seen.ts'
import type { Check } from './verdict.ts'

export interface RevocationOptions {
  /** Within what time every instance that is in touch has heard of it, in milliseconds. */
  readonly boundMs?: number
  /**
   * Which faults keep other instances than the one that acknowledged it from hearing of it; by default all of Redis, by
   * which they hear. `() => false` grants no such excuse.
   */
  readonly cutsOff?: (fault: FaultSpan) => boolean
  /** How long an instance may take to be in touch again after such a fault: the time of an open breaker and a probe. */
  readonly recoveryMs?: number
}

const BOUND_MS = 1000
const RECOVERY_MS = 35_000

interface Start {
  readonly at: number
  ready: number
}

const NEVER_STARTED: Start = { at: 0, ready: 0 }

/** A session's end, as the server acknowledged it. */
interface Ending {
  readonly by: Call
  readonly how: string
}

/**
 * 3. A revoked session is never accepted by a call that was sent after the revocation had been acknowledged and its bound
 * had passed: neither its access tokens nor its refresh token. A logout is a revocation, and so is the answer that a
 * refresh token was reused.
 *
 * The instance that acknowledged knows at once. Another one must hear of it, and so must any instance that was started
 * since: a fault in the meantime that keeps it from hearing puts its bound off until it is in touch again. A logout of
 * unknown outcome binds nobody.
 */
export function revocationHolds(options: RevocationOptions = {}): Check {
  const { boundMs = BOUND_MS, recoveryMs = RECOVERY_MS, cutsOff = ({ target }) => target === 'redis' } = options
  return check('revocation-holds', 'a revoked session is refused everywhere after its bound', (history, findings) => {
    const tokens = tokensSeen(history)
    const endings = endingsOf(history)
    const starts = startsOf(history)
    const faults = faultSpans(history).filter(cutsOff)

    function deadline({ by }: Ending, instance: string, before: number): number {
      const { at: started, ready } = starts.get(instance)?.findLast(({ at }) => at <= before) ?? NEVER_STARTED
      const mustHear = instance !== by.instance || started > by.from
      let end = Math.max(by.to, ready) + boundMs
      if (!mustHear) return end
      const from = Math.max(by.from, started)
      for (const fault of faults)
        if (overlap(fault, { from, to: end })) end = Math.max(end, fault.to + recoveryMs + boundMs)
      return end
    }

    for (const call of callsOf(history)) {
      const { operation, from, to, outcome } = call
      if (!(operation === 'verify' || operation === 'me' || operation === 'refresh') || outcome === 'info') continue
      const session = sessionOf(call, tokens)
      const ending = session === undefined ? undefined : endings.get(session)
      if (ending === undefined || from <= deadline(ending, call.instance, from)) continue
      findings.judged += 1
      if (outcome !== 'ok') continue
      const ago = Math.round(from - ending.by.to)
      findings.add(to, `${describe(call)}, sent ${ago} ms after its ${ending.how} on ${ending.by.instance}`)
    }
  })
}

/** The first acknowledged end of each session. */
function endingsOf(history: readonly HistoryEvent[]): ReadonlyMap<string, Ending> {
  const tokens = tokensSeen(history)
  const endings = new Map<string, Ending>()
  for (const call of callsOf(history)) {
    const isLogout = call.operation === 'logout' && call.outcome === 'ok'
    if (!isLogout && call.end?.code !== 'refresh_token_reused') continue
    const session = sessionOf(call, tokens)
    if (session === undefined || (endings.get(session)?.by.to ?? Number.POSITIVE_INFINITY) <= call.to) continue
    endings.set(session, { by: call, how: isLogout ? 'logout' : 'end for reuse' })
  }
  return endings
}

/** The starts of each instance, and when it was ready then: on a busy machine that takes a while. */
function startsOf(history: readonly HistoryEvent[]): ReadonlyMap<string, readonly Start[]> {
  const starts = new Map<string, Start[]>()
  for (const event of history) {
    if (event.type !== 'process' || event.stage === 'exited') continue
    const known = starts.get(event.instance) ?? []
    starts.set(event.instance, known)
    const last = known.at(-1)
    if (event.stage === 'started') known.push({ at: event.at, ready: event.at })
    else if (last !== undefined && last.ready === last.at) last.ready = event.at
  }
  return starts
}
