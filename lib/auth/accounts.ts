import { createHash } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { Budget } from '../config-validators.ts'
import { AppError, accountDisabled, invalidCredentials, tooManyAttempts } from '../errors.ts'
import type { AttemptStore } from '../store/attempts.ts'
import type { User, UserStore } from '../store/users.ts'
import { canonicalEmail } from './email.ts'
import type { Place } from './hashing-queue.ts'
import { newId } from './ids.ts'
import type { PasswordHasher } from './password-hasher.ts'
import { canonicalPassword, type PasswordPolicy } from './password-policy.ts'
import type { Revoker } from './revoker.ts'

const ACCOUNT_POLICY = 'account'

export interface AccountServiceOptions {
  readonly users: UserStore
  readonly attempts: AttemptStore
  readonly hasher: PasswordHasher
  readonly revoker: Revoker
  readonly clock: Clock
  readonly accountRateLimit: Budget
  readonly registrationAnswers: 'distinct' | 'alike'
  readonly policy: PasswordPolicy
  /** Told what must not fail a request: a better hash that could not be stored, attempts that were not forgotten. */
  readonly onNeglected: (error: unknown, what: string) => void
}

export interface Credentials {
  readonly email: string
  readonly password: string
}

/** What is answered to a registration. */
export interface Registration extends Pick<User, 'id' | 'email' | 'createdAt'> {
  /** The email belongs to somebody else, who is not touched, and the id to nobody. */
  readonly taken: boolean
}

/** Accounts: registration, the password check of a login, and the change of a password. */
export class AccountService {
  readonly #options: AccountServiceOptions

  constructor(options: AccountServiceOptions) {
    this.#options = options
  }

  /**
   * Makes an account. Where answers are to be alike, one for an email that is taken costs the same work, and differs in
   * `taken` alone, which is for nobody to see.
   *
   * @param place in the hashing queue, held by the caller
   * @param idempotencyKey with the same key and email again, within a day, the same account is the answer; not where answers
   *   are to be alike, since there is no account whose id an answer could have
   * @throws AppError `invalid_request`, `password_rejected`, `email_taken`, `dependency_unavailable`
   */
  async register(given: Credentials, place: Place, idempotencyKey?: string): Promise<Registration> {
    const { users, hasher, clock, policy, registrationAnswers } = this.#options
    const email = canonicalEmail(given.email)
    const password = canonicalPassword(given.password)
    await policy.check(password, email)
    const passwordHash = await place.run(() => hasher.hash(password))
    const now = clock.now()
    const id = newId(now)
    if (registrationAnswers === 'alike') {
      const taken = !(await users.insertOrTouch({ id, email, passwordHash }))
      return { id, email, createdAt: new Date(now), taken }
    }
    const key = idempotencyKey === undefined ? null : createHash('sha256').update(idempotencyKey).digest()
    const inserted = await users.insert({ id, email, passwordHash }, key)
    const user = inserted ?? (key && (await users.registeredWith(email, key)))
    if (user === null) throw new AppError('email_taken', { detail: 'an account with this email exists' })
    return { id: user.id, email, createdAt: user.createdAt, taken: false }
  }

  /**
   * Checks an email and a password. The attempt is counted against the account before the password is looked at, but not
   * when there is nothing to look at because Postgres is away; a success clears the count. An unknown email costs the
   * same work.
   *
   * @param network of the client, see `networkOf`: one from which the account was logged in to before has a budget of its own
   * @param place in the hashing queue, held by the caller
   * @throws AppError `invalid_request`, `too_many_attempts`, `invalid_credentials`, `account_disabled`,
   *   `dependency_unavailable`
   */
  async authenticate(given: Credentials, network: string, place: Place): Promise<User> {
    const { users, hasher } = this.#options
    const email = canonicalEmail(given.email)
    const password = canonicalPassword(given.password)
    const user = await users.findByEmail(email)
    await this.#countAttempt(email, network)
    const { correct, stale } = await place.run(() => hasher.check(password, user?.passwordHash))
    if (user === null) throw invalidCredentials('unknown email')
    if (!correct) throw invalidCredentials('wrong password', user.id)
    if (user.disabledAt !== null) throw accountDisabled(user.id)
    await this.#forgetAttempts(email, network)
    if (stale) await this.#neglectable('upgrade the password hash', () => this.#rehash(user, password, place))
    return user
  }

  /**
   * Changes a password and ends every other session of the user.
   *
   * @param place in the hashing queue, held by the caller
   * @throws AppError `invalid_request`, `password_rejected`, `too_many_attempts`, `invalid_credentials`,
   *   `invalid_token` when the account is gone, `dependency_unavailable`
   */
  async changePassword(
    who: { readonly userId: string; readonly sessionId: string; readonly email: string; readonly network: string },
    given: { readonly currentPassword: string; readonly newPassword: string },
    place: Place,
  ): Promise<void> {
    const { users, hasher, revoker, policy } = this.#options
    const current = canonicalPassword(given.currentPassword, 'current_password')
    const next = canonicalPassword(given.newPassword, 'new_password')
    await policy.check(next, who.email, 'new_password')
    const user = await users.findById(who.userId)
    await this.#countAttempt(who.email, who.network)
    const { correct } = await place.run(() => hasher.check(current, user?.passwordHash))
    if (user === null || !correct) throw invalidCredentials('wrong current password', who.userId)
    await this.#forgetAttempts(who.email, who.network)
    const hash = await place.run(() => hasher.hash(next))
    const pending = revoker.pendingForUser(user.id, who.sessionId)
    const changed = await users.changePassword(user.id, user.passwordHash, hash, pending)
    if (!changed) throw invalidCredentials('the password was changed meanwhile', who.userId)
    await this.#neglectable('end the other sessions now', () => revoker.applyPending([pending]))
  }

  async #countAttempt(email: string, network: string): Promise<void> {
    const { attempts, accountRateLimit } = this.#options
    const { max } = accountRateLimit
    const { count, resetMs, windowMs } = await attempts.take(email, network, accountRateLimit)
    if (count > max) throw tooManyAttempts({ policy: ACCOUNT_POLICY, max, windowMs, resetMs })
  }

  #forgetAttempts(email: string, network: string): Promise<void> {
    return this.#neglectable('forget the attempts', () => this.#options.attempts.succeeded(email, network))
  }

  async #rehash(user: User, password: string, place: Place): Promise<void> {
    const { users, hasher } = this.#options
    await users.replaceHash(user.id, user.passwordHash, await place.run(() => hasher.hash(password)))
  }

  async #neglectable(what: string, work: () => Promise<unknown>): Promise<void> {
    await work().catch((error) => this.#options.onNeglected(error, what))
  }
}
