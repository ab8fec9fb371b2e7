import Type, { type Static } from 'typebox'
import type { Clock } from '../clock.ts'

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
  readonly events: RevocationEvent[]
  readonly reset: boolean
}

const STREAM_CURSOR = /^(\d{1,15})-(\d{1,20})$/
const START = '0-0'

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
  readonly #listeners = new Set<(entry: LogEntry) => void>()
  #entries: (LogEntry & { readonly until: number })[] = []
  #position = START
  #locals = 0

  /** @param retentionMs the life of an access token: no event matters longer */
  constructor(clock: Clock, retentionMs: number) {
    this.#clock = clock
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

  isRevoked(sessionId: string): boolean {
    const until = this.#expiries.get(sessionId)
    return until !== undefined && until > this.#clock.now()
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

  /** Begins the shared stream anew: it was emptied. What is in memory stays. */
  rewind(): void {
    this.#position = START
  }

  /** The ids of the revoked sessions by when they stop to matter, in milliseconds since the epoch. */
  revokedSessions(): Map<string, number> {
    this.#prune()
    return new Map(this.#expiries)
  }

  /** What came after `cursor`; everything when there is none. */
  since(cursor: string | undefined): LogPage {
    this.#prune()
    const last = this.#entries.at(-1)
    const head = last?.cursor.startsWith(`${this.#position}+`) ? last.cursor : this.#position
    const page = (events: readonly LogEntry[], reset: boolean) => ({
      cursor: head,
      events: events.map((entry) => entry.event),
      reset,
    })
    if (cursor === undefined) return page(this.#entries, false)
    const exact = this.#entries.findIndex((entry) => entry.cursor === cursor)
    if (exact >= 0) return page(this.#entries.slice(exact + 1), false)
    if (!this.#covers(cursor)) return page(this.#entries, true)
    return page(
      this.#entries.filter((entry) => entry.cursor.includes('+') || compareCursors(entry.cursor, cursor) > 0),
      false,
    )
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
    if (!this.#entries.some((entry) => entry.until <= now)) return
    this.#entries = this.#entries.filter((entry) => entry.until > now)
    for (const [id, until] of this.#expiries) if (until <= now) this.#expiries.delete(id)
  }
}

function compareCursors(a: string, b: string): number {
  const [, aTime = '0', aSequence = '0'] = STREAM_CURSOR.exec(a) ?? []
  const [, bTime = '0', bSequence = '0'] = STREAM_CURSOR.exec(b) ?? []
  return Number(aTime) - Number(bTime) || Number(BigInt(aSequence) - BigInt(bSequence))
}
