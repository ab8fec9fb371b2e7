import { idTime, isId } from '../auth/ids.ts'
import type { TimeSpan } from '../resilience/absence.ts'
import { loadScript, type RedisHandle } from './redis-handle.ts'

const scripts = {
  create: loadScript('session-create', { keys: 2 }),
  adopt: loadScript('session-adopt', { keys: 2 }),
  refresh: loadScript('session-refresh'),
  list: loadScript('session-list', { bounded: false }),
  remove: loadScript('session-remove'),
  removeAll: loadScript('session-remove-all'),
  count: loadScript('session-count', { keys: 0, bounded: false }),
}

const KEY_PREFIX = 'tokenforge:sessions:'
const ACCOUNT_PREFIX = 'tokenforge:account:'
/** Longer than any login can be under way. */
const VERSION_LIFE_MS = 3_600_000
const COUNT_STRETCH = 1000

/** The account was changed after it was read: nothing was done. */
export class OutdatedAccountError extends Error {
  override readonly name = 'OutdatedAccountError'
}

/** What an access token tells of a user beside the id; kept once a user, so that a refresh needs Redis alone. */
export interface Profile {
  readonly email: string
  readonly roles: readonly string[]
}

export interface NewSession {
  readonly userId: string
  readonly sessionId: string
  readonly profile: Profile
  /** Of the account that the profile is from. */
  readonly version: number
  readonly ip: string
  readonly userAgent: string
}

/** What Redis must know of an account that an admin has changed. */
export interface ChangedAccount {
  readonly userId: string
  readonly version: number
  readonly profile: Profile
  readonly disabled: boolean
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

  /** @throws OutdatedAccountError when Redis knows of a newer version of the account than the session is made from */
  async create(session: NewSession): Promise<{ expiresAt: number; evicted: string[] }> {
    const { refreshTokenTtl, perUser, sessionMaxAge } = this.#limits
    const { userId, sessionId, profile, version, ip, userAgent } = session
    const end = this.endOf(sessionId)
    const lives = [refreshTokenTtl, end, perUser, sessionMaxAge]
    const args = [sessionId, JSON.stringify(profile), ip, userAgent, ...lives, version]
    const answer = await this.#redis.run(scripts.create, [keyOf(userId), accountKeyOf(userId)], args)
    if (answer === null) throw new OutdatedAccountError()
    const [now, evicted] = answer as [number, string[]]
    return { expiresAt: this.#expiry(sessionId, now), evicted }
  }

  /**
   * Takes a changed account: its profile goes into the next access token of each of its sessions, and a disabled one has
   * none any more. Does nothing when a newer version is known.
   *
   * @returns the ids of the removed sessions
   */
  async adopt({ userId, version, profile, disabled }: ChangedAccount): Promise<string[]> {
    const args = [version, JSON.stringify(profile), VERSION_LIFE_MS, disabled ? 1 : 0]
    return (await this.#redis.run(scripts.adopt, [keyOf(userId), accountKeyOf(userId)], args)) as string[]
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

export function keyOf(userId: string): string {
  return `${KEY_PREFIX}{${userId}}`
}

export function accountKeyOf(userId: string): string {
  return `${ACCOUNT_PREFIX}{${userId}}`
}
