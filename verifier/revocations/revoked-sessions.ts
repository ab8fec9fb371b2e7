import type { Clock } from '../api.ts'

/** Some 200 MB. An issuer that revokes more within the life of a token is not one that memory should be given to. */
const MAX_SESSIONS = 1_000_000
/** Kept for longer than its tokens are accepted, in case the wall clock is set back. */
const SLACK_MS = 60_000
const PRUNE_EVERY_MS = 10_000

/** Sessions whose tokens are refused, each until the last of its tokens has expired. */
export class RevokedSessions {
  readonly #clock: Clock
  readonly #toleranceMs: number
  readonly #until = new Map<string, number>()
  #prunedAt: number

  constructor(clock: Clock, toleranceMs: number) {
    this.#clock = clock
    this.#toleranceMs = toleranceMs
    this.#prunedAt = clock.monotonic()
  }

  get size(): number {
    this.#pruneNowAndThen()
    return this.#until.size
  }

  has(sessionId: string): boolean {
    return this.#until.has(sessionId)
  }

  /**
   * True when it is news.
   *
   * @throws Error when there are too many; the one that was heard of first is forgotten
   */
  add(sessionId: string, expiresAt: number): boolean {
    this.#pruneNowAndThen()
    const known = this.#until.get(sessionId)
    const until = expiresAt + this.#toleranceMs + SLACK_MS
    if (until <= this.#clock.now()) return false
    this.#until.set(sessionId, Math.max(known ?? 0, until))
    if (this.#until.size <= MAX_SESSIONS) return known === undefined
    this.#until.delete(this.#until.keys().next().value as string)
    throw new Error(`more than ${MAX_SESSIONS} sessions are revoked: the first of them are forgotten`)
  }

  /** Session and when its last token expires, in milliseconds since the epoch. */
  entries(): [sessionId: string, expiresAt: number][] {
    this.#prune()
    return [...this.#until].map(([id, until]) => [id, until - this.#toleranceMs - SLACK_MS])
  }

  #pruneNowAndThen(): void {
    if (this.#clock.monotonic() - this.#prunedAt >= PRUNE_EVERY_MS) this.#prune()
  }

  #prune(): void {
    this.#prunedAt = this.#clock.monotonic()
    const now = this.#clock.now()
    for (const [id, until] of this.#until) if (until <= now) this.#until.delete(id)
  }
}
