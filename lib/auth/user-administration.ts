import { AppError } from '../errors.ts'
import type { PostgresSyncStore } from '../store/postgres-sync.ts'
import type { User, UserChange, UserStore } from '../store/users.ts'
import type { AccountChanges } from './account-changes.ts'
import { canonicalEmail } from './email.ts'
import type { Revoker } from './revoker.ts'

export interface UserAdministrationOptions {
  readonly users: UserStore
  readonly revoker: Revoker
  readonly changes: AccountChanges
  readonly pending: PostgresSyncStore
  /** Told what Redis could not be told now; it is kept in Postgres, and told later. */
  readonly onNeglected: (error: unknown, what: string) => void
}

/**
 * What an admin does to accounts. Each change is one step in Postgres, with the record of what Redis must hear of it, so it
 * needs Postgres alone. Redis is told at once, or when it returns. Each method is safe to repeat and throws AppError
 * `not_found` when there is no such account, `dependency_unavailable` when Postgres can't be asked.
 */
export class UserAdministration {
  readonly #options: UserAdministrationOptions

  constructor(options: UserAdministrationOptions) {
    this.#options = options
  }

  async find(id: string): Promise<User> {
    return found(await this.#options.users.findById(id))
  }

  /** @throws AppError `invalid_request` when it is no email */
  async findByEmail(email: string): Promise<User> {
    return found(await this.#options.users.findByEmail(canonicalEmail(email)))
  }

  /** No login from now on, and every session ends. */
  disable(id: string): Promise<User> {
    return this.#change(id, { disabled: true }, true)
  }

  enable(id: string): Promise<User> {
    return this.#change(id, { disabled: false }, false)
  }

  /** The roles that the next access token of each session tells. */
  setRoles(id: string, roles: readonly string[]): Promise<User> {
    return this.#change(id, { roles }, false)
  }

  async revokeSessions(id: string): Promise<User> {
    const { pending, revoker } = this.#options
    const user = await this.find(id)
    const ending = revoker.pendingForUser(user.id, null)
    await pending.remember(ending)
    await this.#neglectable('end the sessions of a user now', () => revoker.applyPending([ending]))
    return user
  }

  async #change(id: string, change: UserChange, endSessions: boolean): Promise<User> {
    const { users, revoker, changes } = this.#options
    const ending = endSessions ? revoker.pendingForUser(id, null) : null
    const user = found(await users.change(id, change, ending))
    await this.#neglectable('tell redis of a changed account now', async () => {
      // First: it marks the sessions as revoked here, also while Redis is away.
      if (ending !== null) await revoker.applyPending([ending])
      await changes.apply([{ userId: id, version: user.version }])
    })
    return user
  }

  async #neglectable(what: string, work: () => Promise<unknown>): Promise<void> {
    await work().catch((error) => this.#options.onNeglected(error, what))
  }
}

function found(user: User | null): User {
  if (user === null) throw new AppError('not_found', { detail: 'there is no such user' })
  return user
}
