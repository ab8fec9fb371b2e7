import type { Static } from 'typebox'
import type { Clock } from '../clock.ts'
import Type from '../type.ts'
import { unhurried } from '../unhurried-clock.ts'
import { idTime } from './ids.ts'

/** What verifiers elsewhere must stop accepting. Times are RFC 3339. */
export const RevocationEventSchema = Type.Union([
  Type.Object({
    type: Type.Literal('session_revoked'),
    session_id: Type.String(),
    at: Type.String(),
    expires_at: Type.String(),
  }),
  Type.Object({
    type: Type.Literal('keys_changed'),
    epoch: Type.Integer(),
    version: Type.Integer(),
    at: Type.String(),
  }),
])
export type RevocationEvent = Static<typeof RevocationEventSchema>

export interface LogEntry {
  readonly cursor: string
  readonly event: RevocationEvent
}

/** A page of the log. `reset`: the cursor was unknown or too old, so this is the whole current set. */
export interface LogPage {
  readonly cursor: string
  readonly entries: readonly LogEntry[]
  readonly reset: boolean
}

interface UserMark {
  readonly upTo: number
  readonly keep: string | null
  readonly until: number
}

const STREAM_CURSOR = /^(\d{1,15})-(\d{1,20})$/
const START = '0-0'
/** How far apart the positions of two instances may be while both hear from Redis, generously. */
const LOCAL_SLACK_MS = 5000

/**
 * The revocations that this instance knows of, in memory: each until the last access token of its session has expired.
 *
 * Events of the shared stream carry its ids as cursors, so a cursor from one instance means the same on all others. An
 * event that only this instance has yet gets a local cursor; elsewhere that is unknown, and answered with the whole set.
 * An event can come twice, never not at all.
 */
export class RevocationLog {
  readonly #clock: Clock
  readonly #retentionMs: number
  readonly #expiries = new Map<string, number>()
  readonly #users = new Map<string, UserMark>()
  readonly #listeners = new Set<(entry: LogEntry) => void>()
  #entries: (LogEntry & { readonly until: number })[] = []
  #position = START
  #locals = 0

  /**
   * @param clock what a jump of it forward makes it forget would matter again after a jump back: it is held back
   * @param retentionMs the life of an access token: no event matters longer
   */
  constructor(clock: Clock, retentionMs: number) {
    this.#clock = unhurried(clock, retentionMs)
    this.#retentionMs = retentionMs
  }

  get size(): number {
    return this.#expiries.size
  }

  get subscribers(): number {
    return this.#listeners.size
  }

  /** Where in the shared stream this instance is: the id of the last event that it has seen, or later. */
  get position(): string {
    return this.#position
  }

  /** @param userId given, sessions count that were revoked all at once, too (see `markUser`) */
  isRevoked(sessionId: string, userId?: string): boolean {
    const now = this.#clock.now()
    const mark = userId === undefined ? undefined : this.#users.get(userId)
    if (mark !== undefined && mark.until > now && mark.keep !== sessionId && idTime(sessionId) <= mark.upTo) return true
    const until = this.#expiries.get(sessionId)
    return until !== undefined && until > now
  }

  /** Takes an event of the shared stream. */
  append(cursor: string, event: RevocationEvent): void {
    this.#position = cursor
    this.#add(cursor, event)
  }

  /** Takes an event that only this instance knows of. */
  appendLocal(event: RevocationEvent): void {
    this.#locals += 1
    this.#add(`${this.#position}+${this.#locals}`, event)
  }

  /** Says that the shared stream has been read up to `nowMs` of its own clock. */
  advance(nowMs: number): void {
    const position = `${nowMs - 1}-0`
    if (compareCursors(position, this.#position) > 0) this.#position = position
    this.#prune()
  }

  /** Refuses a session from now on; its event is on the way through the shared stream. */
  mark(sessionId: string, until: number): void {
    this.#expiries.set(sessionId, until)
  }

  /**
   * Refuses all sessions of a user that began up to `upTo` (milliseconds since the epoch) but `keep`, until their ids are
   * known.
   */
  markUser(userId: string, upTo: number, keep: string | null): void {
    this.#users.set(userId, { upTo, keep, until: this.#clock.now() + this.#retentionMs })
  }

  /** The sessions of that user are gone, and the ids of all that were revoked are known. */
  unmarkUser(userId: string): void {
    this.#users.delete(userId)
  }

  /** The ids of the revoked sessions by when they stop to matter, in milliseconds since the epoch. */
  revokedSessions(): Map<string, number> {
    this.#prune()
    return new Map(this.#expiries)
  }

  /** What came after `cursor`; everything when there is none. */
  since(cursor: string | undefined): LogPage {
    this.#prune()
    const last = this.#entries.at(-1)?.cursor
    const head = last?.startsWith(`${this.#position}+`) ? last : this.#position
    const exact = this.#entries.findIndex((entry) => entry.cursor === cursor)
    if (exact >= 0) return { cursor: head, entries: this.#entries.slice(exact + 1), reset: false }
    if (cursor === undefined || !this.#covers(cursor)) {
      return { cursor: head, entries: [...this.#entries], reset: cursor !== undefined }
    }
    return { cursor: head, entries: this.#entries.filter((entry) => comesAfter(entry.cursor, cursor)), reset: false }
  }

  /** Calls `listener` with each new entry until the returned function is called. */
  subscribe(listener: (entry: LogEntry) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #covers(cursor: string): boolean {
    const [, time] = STREAM_CURSOR.exec(cursor) ?? []
    if (time === undefined || compareCursors(cursor, this.#position) > 0) return false
    return Number(time) >= this.#clock.now() - this.#retentionMs
  }

  #add(cursor: string, event: RevocationEvent): void {
    const isSession = event.type === 'session_revoked'
    const until = isSession ? Date.parse(event.expires_at) : Number.POSITIVE_INFINITY
    if (until <= this.#clock.now()) return
    if (isSession) this.#expiries.set(event.session_id, until)
    else this.#entries = this.#entries.filter((entry) => entry.event.type !== 'keys_changed')
    const entry = { cursor, event, until }
    this.#entries.push(entry)
    for (const listener of this.#listeners) listener(entry)
  }

  #prune(): void {
    const now = this.#clock.now()
    if (this.#entries.some((entry) => entry.until <= now)) {
      this.#entries = this.#entries.filter((entry) => entry.until > now)
    }
    for (const [id, until] of this.#expiries) if (until <= now) this.#expiries.delete(id)
    for (const [id, { until }] of this.#users) if (until <= now) this.#users.delete(id)
  }
}

/** A local entry stands where the stream was when it came, give or take what other instances were ahead. */
function comesAfter(entry: string, cursor: string): boolean {
  const [base = '', local] = entry.split('+')
  if (local === undefined) return compareCursors(base, cursor) > 0
  return timeOf(base) + LOCAL_SLACK_MS >= timeOf(cursor)
}

function timeOf(cursor: string): number {
  return Number(cursor.split('-')[0])
}

function compareCursors(a: string, b: string): number {
  const [, aTime = '0', aSequence = '0'] = STREAM_CURSOR.exec(a) ?? []
  const [, bTime = '0', bSequence = '0'] = STREAM_CURSOR.exec(b) ?? []
  return Number(aTime) - Number(bTime) || Number(BigInt(aSequence) - BigInt(bSequence))
}
