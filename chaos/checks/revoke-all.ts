import type { HistoryEvent, Operation } from '../history/events.ts'
import { type Call, callsOf, describe } from './calls.ts'
import { check } from './check.ts'
import { bothGone, overlap } from './spans.ts'
import { type TokensSeen, tokensSeen } from './tokens-seen.ts'
import type { Check } from './verdict.ts'

export interface RevokeAllOptions {
  /** Within what time every instance that can ask one of the stores has heard of it, in milliseconds. */
  readonly boundMs?: number
  /** Who accepts: `verify` and `me` of the auth instances by default. */
  readonly operations?: readonly Operation[]
  /** How long an instance may take to be in touch again after both stores were gone, in milliseconds. */
  readonly recoveryMs?: number
}

const BOUND_MS = 1000
const RECOVERY_MS = 35_000
const OF_AUTH: readonly Operation[] = ['verify', 'me']

type Deadline = (all: Call) => number

/**
 * 4a. After Revoke All nothing that an old key signed is accepted, anywhere, after its bound; where sessions were voided,
 * no earlier refresh token is redeemed. Old is each key that was seen before the Revoke All was sent: in a token, a JWKS,
 * a rotation. That nothing valid is refused is the claim of `tokens-always-verify`.
 *
 * One store is enough to hear of it; only faults of both at once put the bound off, until an instance is in touch again.
 * A Revoke All of unknown outcome binds nobody.
 */
export function revokeAllHolds(options: RevokeAllOptions = {}): Check {
  const { operations = OF_AUTH } = options
  return check(
    operations === OF_AUTH ? 'revoke-all-holds' : `revoke-all-holds-for-${operations.join('-and-')}`,
    'after Revoke All nothing that an old key signed is accepted',
    (history, findings) => {
      const calls = callsOf(history)
      const tokens = tokensSeen(history)
      const deadline = deadlines(history, options)
      const all = acknowledged(calls)
      const voidedBy = voidings(calls, all)
      const sessionsVoided = all.filter(({ invoke }) => invoke.sessionsVoided === true)
      for (const call of calls) {
        if (call.outcome === 'info') continue
        const kid = shownKey(call, tokens, operations)
        const byKey = kid === undefined ? undefined : voidedBy.get(kid)
        const by = byKey ?? voidedSession(call, sessionsVoided, tokens)
        if (by === undefined || call.from <= deadline(by)) continue
        findings.judged += 1
        if (call.outcome === 'ok')
          findings.add(call.to, `${describe(call)}, ${after(by, call)}, ${kid ?? 'a session of before'}`)
      }
    },
  )
}

/**
 * 4b. After Revoke All nothing is signed by an old key, and the JWKS publishes none, after its bound: see 4a. Judges what
 * was signed and published from then on.
 */
export function revokeAllSignsAnew(options: RevokeAllOptions = {}): Check {
  return check(
    'revoke-all-signs-anew',
    'after Revoke All only new keys sign and are published',
    (history, findings) => {
      const calls = callsOf(history)
      const deadline = deadlines(history, options)
      const all = acknowledged(calls)
      const voidedBy = voidings(calls, all)
      const first = Math.min(...all.map(deadline))
      for (const call of calls) {
        const kids = call.outcome === 'ok' && call.from > first ? givenKeys(call) : []
        if (kids.length > 0) findings.judged += 1
        for (const kid of kids) {
          const by = voidedBy.get(kid)
          if (by === undefined || call.from <= deadline(by)) continue
          findings.add(call.to, `${describe(call)}, ${after(by, call)}, gave the old key ${kid}`)
        }
      }
    },
  )
}

function after(all: Call, call: Call): string {
  return `sent ${Math.round(call.from - all.to)} ms after Revoke All`
}

function acknowledged(calls: readonly Call[]): readonly Call[] {
  return calls.filter(({ operation, outcome }) => operation === 'revoke_all' && outcome === 'ok')
}

/** By when everybody must have heard of a Revoke All. */
function deadlines(
  history: readonly HistoryEvent[],
  { boundMs = BOUND_MS, recoveryMs = RECOVERY_MS }: RevokeAllOptions,
): Deadline {
  const gone = bothGone(history)
  return ({ from, to }) => {
    let end = to + boundMs
    for (const span of gone) if (overlap(span, { from, to: end })) end = Math.max(end, span.to + recoveryMs + boundMs)
    return end
  }
}

function shownKey(
  { operation, invoke }: Call,
  { access }: TokensSeen,
  operations: readonly Operation[],
): string | undefined {
  if (!operations.includes(operation)) return undefined
  return invoke.kid ?? (invoke.access === undefined ? undefined : access.get(invoke.access)?.kid)
}

/** Keys that an answer signs with or publishes. */
function givenKeys({ operation, end }: Call): readonly string[] {
  if (operation === 'jwks') return end?.kids ?? []
  return (operation === 'login' || operation === 'refresh') && end?.kid !== undefined ? [end.kid] : []
}

/** The Revoke All that voided each key: the first that was sent after the key had been seen. */
function voidings(calls: readonly Call[], all: readonly Call[]): ReadonlyMap<string, Call> {
  const seen = new Map<string, number>()
  for (const { end, to } of calls) {
    const kids = [...(end?.kids ?? []), ...(end?.kid === undefined ? [] : [end.kid])]
    for (const kid of kids) seen.set(kid, Math.min(seen.get(kid) ?? Number.POSITIVE_INFINITY, to))
  }
  const voided = new Map<string, Call>()
  for (const [kid, at] of seen) {
    const first = all.find(({ from, end }) => from > at && end?.kid !== kid)
    if (first !== undefined) voided.set(kid, first)
  }
  return voided
}

function voidedSession(
  { operation, invoke }: Call,
  sessionsVoided: readonly Call[],
  { refresh }: TokensSeen,
): Call | undefined {
  const minted = invoke.refresh === undefined ? undefined : refresh.get(invoke.refresh)
  if (operation !== 'refresh' || minted === undefined) return undefined
  return sessionsVoided.find((all) => minted.by.to < all.from)
}
