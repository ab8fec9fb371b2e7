import type { AccountChange, PostgresSyncStore } from '../store/postgres-sync.ts'
import type { SessionStore } from '../store/sessions.ts'
import type { UserStore } from '../store/users.ts'
import type { Revoker } from './revoker.ts'

export interface AccountChangesOptions {
  readonly users: UserStore
  readonly sessions: SessionStore
  readonly postgres: PostgresSyncStore
  readonly revoker: Revoker
}

/** Brings what an admin has changed of an account from Postgres, where it is kept, to its sessions in Redis. */
export class AccountChanges {
  readonly #options: AccountChangesOptions

  constructor(options: AccountChangesOptions) {
    this.#options = options
  }

  /**
   * Tells Redis the account as it is now, and forgets that it must be told. Safe to repeat, and by several instances at
   * once: Redis takes no version older than the one that it knows.
   *
   * @throws AppError `dependency_unavailable`; what was not told stays pending
   */
  async apply(changes: readonly AccountChange[]): Promise<void> {
    const { users, sessions, postgres, revoker } = this.#options
    for (const { userId, version } of changes) {
      const user = await users.findById(userId)
      if (user !== null) {
        const profile = { email: user.email, roles: user.roles }
        const changed = { userId, version: user.version, profile, disabled: user.disabledAt !== null }
        await revoker.announceRemoved(await sessions.adopt(changed))
      }
      await postgres.forgetChange({ userId, version: user?.version ?? version })
    }
  }
}
