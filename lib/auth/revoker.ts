import type { Clock } from '../clock.ts'
import type { PendingRevocation, PostgresSyncStore } from '../store/postgres-sync.ts'
import type { RedisSyncStore } from '../store/redis-sync.ts'
import type { SessionStore } from '../store/sessions.ts'
import { newId } from './ids.ts'
import type { RevocationLog } from './revocation-log.ts'

export interface RevokerOptions {
  readonly sessions: SessionStore
  readonly redis: RedisSyncStore
  readonly postgres: PostgresSyncStore
  readonly log: RevocationLog
  readonly clock: Clock
  /** Life of an access token in milliseconds: how long a revoked session must be remembered. */
  readonly accessTokenTtl: number
  readonly sessionMaxAge: number
}

/** Ends sessions: in Redis, in the memory of every instance, and in Postgres for as long as Redis can't be told. */
export class Revoker {
  readonly #options: RevokerOptions
  readonly #unannounced = new Map<string, number>()

  constructor(options: RevokerOptions) {
    this.#options = options
  }

  /** Revoked here, but Redis and with it the other instances do not know yet. */
  get unannounced(): number {
    return this.#unannounced.size
  }

  /**
   * Ends one session. Safe to repeat.
   *
   * @throws AppError `dependency_unavailable` when neither Redis nor Postgres could keep it; then it goes on
   */
  async revokeSession(userId: string, sessionId: string): Promise<void> {
    const { sessions, postgres, log } = this.#options
    try {
      await sessions.remove(userId, sessionId)
      await this.#announce([sessionId])
      log.mark(sessionId, this.#until())
    } catch {
      await postgres.remember(this.#pending(userId, sessionId, null))
      // Postgres may be gone when Redis returns: then it is for this instance to tell the others.
      this.#unannounced.set(sessionId, this.#until())
      this.#note([sessionId])
    }
  }

  /**
   * Ends the sessions of a user but `keep`; needs Redis.
   *
   * @param createdUpTo milliseconds since the epoch
   */
  async revokeUser(userId: string, keep: string | null, createdUpTo = Number.MAX_SAFE_INTEGER): Promise<void> {
    const removed = await this.#options.sessions.removeAll(userId, keep, createdUpTo)
    await this.announceRemoved(removed)
  }

  /** Tells all instances of sessions that are gone from Redis already. What can't be told now is told later. */
  async announceRemoved(sessionIds: readonly string[]): Promise<void> {
    if (sessionIds.length === 0) return
    for (const id of sessionIds) this.#options.log.mark(id, this.#until())
    await this.#announce(sessionIds).catch(() => {
      for (const id of sessionIds) this.#unannounced.set(id, this.#until())
      this.#note(sessionIds)
    })
  }

  /** A record for Postgres that all sessions of a user but `keep` end; written before the change that calls for it. */
  pendingForUser(userId: string, keep: string | null): PendingRevocation {
    return this.#pending(userId, null, keep)
  }

  /** Takes what waits in Postgres: refuses those sessions here at once, and tells Redis when it can be reached. */
  async applyPending(pending: readonly PendingRevocation[]): Promise<void> {
    const { postgres, sessions, log } = this.#options
    const named = pending.flatMap(({ sessionId }) => (sessionId === null ? [] : [sessionId]))
    this.#note(named.filter((id) => !log.isRevoked(id)))
    for (const { userId, sessionId, keepSessionId, revokedAt } of pending) {
      if (sessionId === null) log.markUser(userId, revokedAt.getTime(), keepSessionId)
    }
    for (const { id, userId, sessionId, keepSessionId, revokedAt } of pending) {
      if (sessionId === null) {
        await this.revokeUser(userId, keepSessionId, revokedAt.getTime())
        log.unmarkUser(userId)
      } else {
        await sessions.remove(userId, sessionId)
        await this.#announce([sessionId])
      }
      await postgres.forget([id])
    }
  }

  /** Tells Redis what it could not be told before; what failed stays for the next time. */
  async flush(): Promise<void> {
    const now = this.#options.clock.now()
    const ids = [...this.#unannounced].flatMap(([id, until]) => (until > now ? [id] : []))
    if (ids.length > 0) await this.#announce(ids)
    // Others may have come meanwhile.
    for (const id of ids) this.#unannounced.delete(id)
    for (const [id, until] of this.#unannounced) if (until <= now) this.#unannounced.delete(id)
  }

  /** Redis has lost its data: gives it the revocations that still matter. */
  async restore(): Promise<void> {
    for (const [id, until] of this.#options.log.revokedSessions()) this.#unannounced.set(id, until)
    await this.flush()
  }

  #announce(sessionIds: readonly string[]): Promise<void> {
    return this.#options.redis.announce(sessionIds, this.#until())
  }

  #note(sessionIds: readonly string[]): void {
    const { clock, log } = this.#options
    const at = new Date(clock.now()).toISOString()
    const expires_at = new Date(this.#until()).toISOString()
    for (const session_id of sessionIds) log.appendLocal({ type: 'session_revoked', session_id, at, expires_at })
  }

  #until(): number {
    return this.#options.clock.now() + this.#options.accessTokenTtl
  }

  #pending(userId: string, sessionId: string | null, keepSessionId: string | null): PendingRevocation {
    const now = this.#options.clock.now()
    const expiresAt = new Date(now + this.#options.sessionMaxAge)
    return { id: newId(now), userId, sessionId, keepSessionId, revokedAt: new Date(now), expiresAt }
  }
}
