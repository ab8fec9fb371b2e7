import type { HistoryEvent } from '../history/events.ts'
import { type Call, callsOf } from './calls.ts'
import { faultSpans, type Span } from './spans.ts'
import { type Minted, sessionOf, type TokensSeen, tokensSeen } from './tokens-seen.ts'

export interface ExcuseOptions {
  /** Sessions that an account may have at once; with more logins than that, some had to make room. */
  readonly sessionsPerUser?: number
  /** True where Redis came back without its data: the sessions from before are gone. */
  readonly emptied?: boolean
  /** How long after a Revoke All an instance may still sign with an old key, in milliseconds. */
  readonly revokeAllMs?: number
  /** How much earlier than its `exp` a token may be refused: clocks differ, and `exp` is in whole seconds. */
  readonly expiryMarginMs?: number
}

const SESSIONS_PER_USER = 10
const REVOKE_ALL_MS = 1000
const EXPIRY_MARGIN_MS = 1000
/** Longer no request lives in the server: what was not answered did what it did within this time. */
const LONGEST_MS = 6000
const NEVER = Number.POSITIVE_INFINITY

/**
 * Why a refusal may be right: what clients did themselves, and what time did. A doubtful outcome excuses too, for it may
 * have happened; a definite `fail` never does.
 */
export class Excuses {
  readonly tokens: TokensSeen
  readonly #options: Required<ExcuseOptions>
  /** When a session may have been ended by its user, by session. */
  readonly #ended = new Map<string, number>()
  /** When the server said that it ended a session, by session. */
  readonly #reused = new Map<string, number>()
  /** When an account may first have had too many sessions, by user. */
  readonly #crowded = new Map<string, number>()
  /** When a session's client first sent a token whose successor it had, by session. */
  readonly #replayed = new Map<string, number>()
  readonly #revokeAlls: readonly Call[]
  /** From the first fault of Redis to the last heal. */
  readonly #redis: Span

  constructor(history: readonly HistoryEvent[], options: ExcuseOptions = {}) {
    const { sessionsPerUser = SESSIONS_PER_USER, emptied = false } = options
    const { revokeAllMs = REVOKE_ALL_MS, expiryMarginMs = EXPIRY_MARGIN_MS } = options
    this.#options = { sessionsPerUser, emptied, revokeAllMs, expiryMarginMs }
    this.tokens = tokensSeen(history)
    const calls = callsOf(history)
    this.#revokeAlls = calls.filter(({ operation, outcome }) => operation === 'revoke_all' && outcome !== 'fail')
    for (const call of calls) {
      if (call.operation === 'logout' && call.outcome !== 'fail') this.#note(this.#ended, call, call.from)
      if (call.end?.code === 'refresh_token_reused') this.#note(this.#reused, call, call.from)
    }
    this.#findCrowds(calls)
    this.#findReplays(calls)
    const redis = faultSpans(history).filter(({ target }) => target === 'redis')
    this.#redis = {
      from: Math.min(NEVER, ...redis.map(({ from }) => from)),
      to: Math.max(0, ...redis.map(({ to }) => to)),
    }
  }

  /** Why the refresh of a session may be refused by then, the end of this call; undefined: for no reason. */
  ofRefresh(call: Call, by = endOf(call)): string | undefined {
    const session = sessionOf(call, this.tokens)
    const minted = call.invoke.refresh === undefined ? undefined : this.tokens.refresh.get(call.invoke.refresh)
    if (session === undefined || minted === undefined) return 'not a token that this history saw'
    if (isBy(this.#replayed.get(session), by)) return 'its client sent a token whose successor it had'
    const voided = this.#revokeAlls.some(
      (all) => all.invoke.sessionsVoided === true && all.from <= by && this.#isBefore(minted, all),
    )
    if (voided) return 'all sessions were voided'
    return this.#ofSession(session, minted, by)
  }

  /** Why the access token of this call may be refused by its end; undefined: for no reason. */
  ofAccess(call: Call): string | undefined {
    const { access } = call.invoke
    const minted = access === undefined ? undefined : this.tokens.access.get(access)
    if (minted === undefined) return 'not a token that this history saw'
    const by = endOf(call)
    if (minted.expires <= by + this.#options.expiryMarginMs) return 'expired'
    if (this.isVoided(minted, by)) return 'signed by a key that was revoked'
    if (isBy(this.#reused.get(minted.session), by)) return 'the session was ended for reuse'
    return this.#ofSession(minted.session, minted, by)
  }

  /** Why the token that this call shows, of either kind, may be refused; undefined: for no reason, or it shows none. */
  ofToken(call: Call): string | undefined {
    if (call.invoke.access !== undefined) return this.ofAccess(call)
    return call.invoke.refresh === undefined ? undefined : this.ofRefresh(call)
  }

  /** Whether a Revoke All may have voided an access token by this time. */
  isVoided(minted: Minted, by: number): boolean {
    return this.#revokeAlls.some((all) => all.from <= by && this.#isBefore(minted, all) && all.end?.kid !== minted.kid)
  }

  #ofSession(session: string, { by: call, user }: Minted, by: number): string | undefined {
    if (isBy(this.#ended.get(session), by)) return 'logged out'
    if (user !== undefined && isBy(this.#crowded.get(user), by)) return 'it may have had to make room'
    if (this.#options.emptied && this.#redis.from <= by && call.from <= this.#redis.to) return 'Redis has lost it'
    return undefined
  }

  #isBefore({ by }: Minted, all: Call): boolean {
    return by.from <= endOf(all) + this.#options.revokeAllMs
  }

  #note(map: Map<string, number>, call: Call, at: number): void {
    const session = sessionOf(call, this.tokens)
    if (session !== undefined && !map.has(session)) map.set(session, at)
  }

  #findCrowds(calls: readonly Call[]): void {
    const logins = new Map<string, number>()
    for (const { operation, outcome, invoke, from } of calls) {
      if (invoke.user === undefined || outcome === 'fail' || !(operation === 'login' || operation === 'guess')) continue
      const count = (logins.get(invoke.user) ?? 0) + 1
      logins.set(invoke.user, count)
      if (count === this.#options.sessionsPerUser + 1) this.#crowded.set(invoke.user, from)
    }
  }

  #findReplays(calls: readonly Call[]): void {
    const redeemed = new Map<string, number>()
    for (const { operation, outcome, invoke, to } of calls) {
      if (operation !== 'refresh' || outcome !== 'ok' || invoke.refresh === undefined) continue
      redeemed.set(invoke.refresh, Math.min(redeemed.get(invoke.refresh) ?? NEVER, to))
    }
    for (const call of calls) {
      if (call.operation !== 'refresh' || call.invoke.refresh === undefined) continue
      if ((redeemed.get(call.invoke.refresh) ?? NEVER) < call.from) this.#note(this.#replayed, call, call.from)
    }
  }
}

/** When a call had its effect at the latest. */
export function endOf({ from, to }: Call): number {
  return Math.min(to, from + LONGEST_MS)
}

function isBy(at: number | undefined, by: number): boolean {
  return at !== undefined && at <= by
}
