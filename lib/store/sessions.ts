import { idTime, isId } from '../auth/ids.ts'
import type { TimeSpan } from '../resilience/absence.ts'
import { loadScript, type RedisHandle } from './redis-handle.ts'

const scripts = {
  create: loadScript('session-create'),
  refresh: loadScript('session-refresh'),
  list: loadScript('session-list', { bounded: false }),
  remove: loadScript('session-remove'),
  removeAll: loadScript('session-remove-all'),
  count: loadScript('session-count', { keys: 0, bounded: false }),
}

const KEY_PREFIX = 'tokenforge:sessions:'
const COUNT_STRETCH = 1000

/** What an access token tells of a user beside the id; kept once a user, so that a refresh needs Redis alone. */
export interface Profile {
  readonly email: string
  readonly roles: readonly string[]
}

export interface NewSession {
  readonly userId: string
  readonly sessionId: string
  readonly profile: Profile
  readonly ip: string
  readonly userAgent: string
}

/** How long sessions live, in milliseconds, and how many a user may have. */
export interface SessionLimits {
  readonly refreshTokenTtl: number
  readonly refreshGrace: number
  readonly sessionMaxAge: number
  readonly perUser: number
}

/** One live session. Times are milliseconds since the epoch. */
export interface SessionRecord {
  readonly id: string
  readonly createdAt: number
  readonly lastUsedAt: number
  readonly expiresAt: number
  readonly ip: string
  readonly userAgent: string
}

/** What became of a refresh; `expiresAt` is when the next refresh token ends, in milliseconds since the epoch. */
export type RefreshOutcome =
  | {
      readonly kind: 'rotated' | 'replayed'
      readonly generation: number
      readonly expiresAt: number
      readonly profile: Profile
    }
  | { readonly kind: 'reused' | 'expired' | 'missing' }

/**
 * Sessions in Redis: one hash a user, `@` the profile, each other field a session `[generation, last use, ip, agent]`.
 * No token and no secret is stored, and a session stays as large as it was at its beginning.
 */
export class SessionStore {
  readonly #redis: RedisHandle
  readonly #limits: SessionLimits
  readonly #away: () => TimeSpan

  /** @param away when no refresh could be answered, by the clock of Redis: that time does not count for the grace */
  constructor(redis: RedisHandle, limits: SessionLimits, away: () => TimeSpan = () => ({ from: 0, to: 0 })) {
    this.#redis = redis
    this.#limits = limits
    this.#away = away
  }

  /** When a session ends at the latest, however often it is refreshed. */
  endOf(sessionId: string): number {
    return idTime(sessionId) + this.#limits.sessionMaxAge
  }

  async create(session: NewSession): Promise<{ expiresAt: number; evicted: string[] }> {
    const { refreshTokenTtl, perUser, sessionMaxAge } = this.#limits
    const { sessionId, profile, ip, userAgent } = session
    const end = this.endOf(sessionId)
    const args = [sessionId, JSON.stringify(profile), ip, userAgent, refreshTokenTtl, end, perUser, sessionMaxAge]
    const [now, evicted] = (await this.#redis.run(scripts.create, [keyOf(session.userId)], args)) as [number, string[]]
    return { expiresAt: this.#expiry(sessionId, now), evicted }
  }

  async refresh(userId: string, sessionId: string, generation: number): Promise<RefreshOutcome> {
    const { refreshGrace, refreshTokenTtl } = this.#limits
    const { from, to } = this.#away()
    const args = [sessionId, generation, refreshGrace, refreshTokenTtl, this.endOf(sessionId), from, to]
    const answer = (await this.#redis.run(scripts.refresh, [keyOf(userId)], args)) as
      | ['rotated' | 'replayed', number, number, string]
      | ['reused' | 'expired' | 'missing']
    if (answer.length === 1) return { kind: answer[0] }
    const [kind, next, rotatedAt, profile] = answer
    return { kind, generation: next, expiresAt: this.#expiry(sessionId, rotatedAt), profile: JSON.parse(profile) }
  }

  /** The live sessions of a user, the latest first. */
  async list(userId: string, now: number): Promise<SessionRecord[]> {
    const flat = (await this.#redis.run(scripts.list, [keyOf(userId)], [])) as string[]
    const records: SessionRecord[] = []
    for (let i = 0; i < flat.length; i += 2) {
      const [id = '', value = ''] = [flat[i], flat[i + 1]]
      if (!isId(id)) continue
      const [, lastUsedAt, ip, userAgent] = JSON.parse(value) as [number, number, string, string]
      const expiresAt = this.#expiry(id, lastUsedAt)
      if (expiresAt > now) records.push({ id, createdAt: idTime(id), lastUsedAt, expiresAt, ip, userAgent })
    }
    return records.sort((a, b) => b.lastUsedAt - a.lastUsedAt)
  }

  /** Returns false when there was no such session. */
  async remove(userId: string, sessionId: string): Promise<boolean> {
    return (await this.#redis.run(scripts.remove, [keyOf(userId)], [sessionId])) !== 0
  }

  /** Removes the sessions of a user that began up to `createdUpTo`, but not `keep`; returns their ids. */
  async removeAll(userId: string, keep: string | null, createdUpTo: number): Promise<string[]> {
    return (await this.#redis.run(scripts.removeAll, [keyOf(userId)], [keep ?? '', createdUpTo])) as string[]
  }

  /**
   * Counts the sessions of all users by looking at every key, a stretch at a time.
   *
   * @param goOn asked after each stretch
   * @returns the number, or null when it was not finished
   */
  async count(goOn: () => boolean): Promise<number | null> {
    let cursor = '0'
    let total = 0
    do {
      const args = [cursor, `${KEY_PREFIX}*`, COUNT_STRETCH]
      const [next, some] = (await this.#redis.run(scripts.count, [], args)) as [string, number]
      cursor = next
      total += some
      if (!goOn()) return null
    } while (cursor !== '0')
    return total
  }

  #expiry(sessionId: string, lastUsedAt: number): number {
    return Math.min(lastUsedAt + this.#limits.refreshTokenTtl, this.endOf(sessionId))
  }
}

function keyOf(userId: string): string {
  return `${KEY_PREFIX}{${userId}}`
}
