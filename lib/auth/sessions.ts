import type { Clock } from '../clock.ts'
import { AppError, accountDisabled, dependencyUnavailable, invalidCredentials } from '../errors.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import { OutdatedAccountError, type SessionRecord, type SessionStore } from '../store/sessions.ts'
import type { User, UserStore } from '../store/users.ts'
import { type AccessClaims, type AccessTokenSettings, makeClaims, type Subject } from './access-token.ts'
import { idTime, newId } from './ids.ts'
import type { RefreshClaim, RefreshTokens } from './refresh-token.ts'
import type { RevocationLog } from './revocation-log.ts'
import type { Revoker } from './revoker.ts'

const MAX_USER_AGENT_LENGTH = 120
const OUT_OF_TOUCH_RETRY_MS = 1000
/** How often an account may change under a login. */
const MAX_READS = 3

/** The part of an account that a session is made from. */
export type Account = Pick<User, 'id' | 'email' | 'version'> & { readonly roles: readonly string[] }

/** What a client gets when a session begins or goes on; the access token is still to be signed. Durations in seconds. */
export interface Grant {
  readonly claims: AccessClaims
  readonly refreshToken: string
  readonly refreshExpiresIn: number
}

export interface Client {
  readonly ip: string
  readonly userAgent: string
}

export interface SessionServiceOptions {
  readonly store: SessionStore
  readonly users: Pick<UserStore, 'findById'>
  readonly tokens: RefreshTokens
  readonly keyRing: KeyRing
  readonly revocations: RevocationLog
  readonly revoker: Revoker
  readonly clock: Clock
  readonly random: () => number
  readonly accessTokens: AccessTokenSettings
  /** True while this instance hears from Redis; after it was cut off, not before it has looked what it missed. */
  readonly inTouch: () => boolean
  /** Looks at Redis now. */
  readonly getInTouch: () => Promise<void>
  /** Looks at the shared ring now; false when nothing can be said of what this instance does not know. */
  readonly confirmKeyRing: () => Promise<boolean>
  /** Told when a session is missing though nobody ended it; `lost`: Redis has lost its data since it began. */
  readonly onMissing: (session: RefreshClaim, lost: boolean) => void
  /** When Redis last began without data, in milliseconds since the epoch; 0 when not known. */
  readonly storeBegan: () => number
}

/** Sessions: begun by a login, carried on by refresh tokens, listed and ended by their user. */
export class SessionService {
  readonly #options: SessionServiceOptions

  constructor(options: SessionServiceOptions) {
    this.#options = options
  }

  /** @throws AppError `dependency_unavailable` when no token could be signed now */
  async ready(): Promise<void> {
    const { keyRing, inTouch, getInTouch } = this.#options
    if (!inTouch() || !keyRing.isShared) await getInTouch()
    if (!inTouch()) throw dependencyUnavailable('redis', OUT_OF_TOUCH_RETRY_MS)
    keyRing.signingKey()
  }

  /**
   * Begins a session of a user who has just proved who they are. An account that an admin has changed meanwhile is read
   * again.
   *
   * @throws AppError `account_disabled`, `invalid_credentials` when the account is gone, `dependency_unavailable`
   */
  async start(user: Account, client: Client): Promise<Grant> {
    await this.ready()
    let account = user
    for (let reads = 1; reads <= MAX_READS; reads += 1) {
      const grant = await this.#begin(account, client)
      if (grant !== null) return grant
      account = await this.#readAgain(user.id)
    }
    throw dependencyUnavailable('redis', OUT_OF_TOUCH_RETRY_MS, new Error('the account is newer than the one read'))
  }

  async #readAgain(userId: string): Promise<Account> {
    const user = await this.#options.users.findById(userId)
    if (user === null) throw invalidCredentials('the account is gone')
    if (user.disabledAt !== null) throw accountDisabled(userId)
    return user
  }

  /** Null when the account was changed since it was read. */
  async #begin(user: Account, client: Client): Promise<Grant | null> {
    const { store, revoker, clock } = this.#options
    const sessionId = newId(clock.now())
    const profile = { email: user.email, roles: user.roles }
    const userAgent = client.userAgent.slice(0, MAX_USER_AGENT_LENGTH).toWellFormed()
    const session = { userId: user.id, sessionId, profile, version: user.version, ip: client.ip, userAgent }
    const created = await store.create(session).catch((error) => {
      if (error instanceof OutdatedAccountError) return null
      throw error
    })
    if (created === null) return null
    const { expiresAt, evicted } = created
    await revoker.announceRemoved(evicted)
    return this.#grant({ userId: user.id, sessionId, ...profile, authTime: idTime(sessionId) }, 1, expiresAt)
  }

  /**
   * Exchanges a refresh token for the next one: RFC 9700 section 4.14.2. The token before the current one gives the same
   * successor again within the grace, so a lost answer costs nobody the session.
   *
   * @throws AppError `invalid_refresh_token`, `refresh_token_reused`, `dependency_unavailable`
   */
  async refresh(token: string): Promise<Grant> {
    const { store, revocations, revoker } = this.#options
    const claim = await this.read(token)
    if (revocations.isRevoked(claim.sessionId, claim.userId)) throw refused('the session was revoked')
    await this.ready()
    const outcome = await store.refresh(claim.userId, claim.sessionId, claim.generation)
    switch (outcome.kind) {
      case 'rotated':
      case 'replayed': {
        const { userId, sessionId } = claim
        const subject = { userId, sessionId, ...outcome.profile, authTime: idTime(sessionId) }
        return this.#grant(subject, outcome.generation, outcome.expiresAt)
      }
      case 'reused':
        await revoker.announceRemoved([claim.sessionId])
        throw new AppError('refresh_token_reused', {
          detail: 'the refresh token was used before; the session is ended',
          reason: `generation ${claim.generation} of session ${claim.sessionId}`,
          who: claim,
        })
      case 'expired':
        throw refused('the session has expired')
      case 'missing':
        this.#options.onMissing(claim, idTime(claim.sessionId) < this.#options.storeBegan())
        throw refused('there is no such session')
    }
  }

  /**
   * Reads a refresh token, without any I/O unless it claims a session epoch that this instance has not heard of yet.
   *
   * @throws AppError `invalid_refresh_token`, `dependency_unavailable`
   */
  async read(token: string): Promise<RefreshClaim> {
    const { tokens, keyRing, confirmKeyRing } = this.#options
    const sessionEpoch = () => keyRing.material().ring.sessionEpoch
    const isAhead = () => (tokens.epochOf(token) ?? 0) > sessionEpoch()
    if (isAhead() && !(await confirmKeyRing()) && isAhead()) {
      throw dependencyUnavailable('signing-keys', OUT_OF_TOUCH_RETRY_MS, new Error('unknown session epoch, cut off'))
    }
    const claim = tokens.read(token, sessionEpoch())
    if (claim === null) throw refused('not a refresh token of this service and session epoch')
    return claim
  }

  list(userId: string): Promise<SessionRecord[]> {
    return this.#options.store.list(userId, this.#options.clock.now())
  }

  /** Ends one session of a user. @throws AppError `not_found`, `dependency_unavailable` */
  async end(userId: string, sessionId: string): Promise<void> {
    const { store, revoker } = this.#options
    if (!(await store.remove(userId, sessionId)))
      throw new AppError('not_found', { detail: 'there is no such session' })
    await revoker.announceRemoved([sessionId])
  }

  #grant(subject: Subject, generation: number, expiresAt: number): Grant {
    const { accessTokens, clock, keyRing, random, tokens } = this.#options
    const { userId, sessionId } = subject
    return {
      claims: makeClaims(subject, accessTokens, clock.now(), random()),
      refreshToken: tokens.make({ userId, sessionId, generation }, keyRing.material().ring.sessionEpoch),
      refreshExpiresIn: Math.max(1, Math.floor((expiresAt - clock.now()) / 1000)),
    }
  }
}

function refused(reason: string): AppError {
  return new AppError('invalid_refresh_token', { detail: 'the refresh token is not valid', reason })
}
