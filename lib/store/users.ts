import type { PostgresHandle } from './postgres-handle.ts'
import type { PendingRevocation } from './postgres-sync.ts'

export interface User {
  readonly id: string
  readonly email: string
  readonly passwordHash: string
  readonly roles: string[]
  readonly disabledAt: Date | null
  readonly createdAt: Date
  /** Goes up with every change that an admin makes. */
  readonly version: number
}

/** What an admin changes of an account; what is left out stays. */
export interface UserChange {
  readonly disabled?: boolean
  readonly roles?: readonly string[]
}

interface UserRow extends Record<string, unknown> {
  id: string
  email: string
  password_hash: string
  roles: string[]
  disabled_at: Date | null
  created_at: Date
  version: number
}

const COLUMNS = 'id, email, password_hash, roles, disabled_at, created_at, version'
const INSERT = `
  attempt AS (
    INSERT INTO users (id, email, password_hash, registration_key)
    SELECT $1::uuid, $2::text, $3::text, $4::bytea WHERE (SELECT in_time FROM deadline)
    ON CONFLICT (email) DO NOTHING RETURNING true AS done, ${COLUMNS})`
const INSERT_OR_TOUCH = `
  attempt AS (
    INSERT INTO users (id, email, password_hash) SELECT $1::uuid, $2::text, $3::text WHERE (SELECT in_time FROM deadline)
    ON CONFLICT (email) DO UPDATE SET version = users.version RETURNING id = $1::uuid AS done)`
const REGISTERED_WITH = `
  SELECT ${COLUMNS} FROM users
  WHERE email = $1 AND registration_key = $2 AND created_at > now() - interval '24 hours'`
const SET_HASH = `
    UPDATE users SET password_hash = $3, password_changed_at = now()
    WHERE id = $1 AND password_hash = $2 AND (SELECT in_time FROM deadline) RETURNING true AS done`
const REPLACE_HASH = `
  attempt AS (${SET_HASH})`
const CHANGE_PASSWORD = `
  changed AS (${SET_HASH}),
  attempt AS (
    INSERT INTO pending_revocations (id, user_id, session_id, keep_session_id, revoked_at, expires_at)
    SELECT $4::uuid, $5::uuid, $6::uuid, $7::uuid, $8::timestamptz, $9::timestamptz FROM changed RETURNING true AS done)`
const CHANGE = `
  changed AS (
    UPDATE users
    SET disabled_at = CASE $2::boolean WHEN true THEN coalesce(disabled_at, now()) WHEN false THEN NULL ELSE disabled_at END,
        roles = coalesce($3::text[], roles), version = version + 1
    WHERE id = $1::uuid AND (SELECT in_time FROM deadline) RETURNING ${COLUMNS}),
  noted AS (
    INSERT INTO pending_account_changes (user_id, version) SELECT id, version FROM changed
    ON CONFLICT (user_id) DO UPDATE SET version = EXCLUDED.version),
  ended AS (
    INSERT INTO pending_revocations (id, user_id, session_id, keep_session_id, revoked_at, expires_at)
    SELECT $4::uuid, id, NULL, NULL, $5::timestamptz, $6::timestamptz FROM changed WHERE $4::uuid IS NOT NULL),
  attempt AS (SELECT true AS done, * FROM changed)`

/** Accounts in Postgres. Emails come in their one canonical form. */
export class UserStore {
  readonly #postgres: PostgresHandle

  constructor(postgres: PostgresHandle) {
    this.#postgres = postgres
  }

  /**
   * Returns null when the email is taken.
   *
   * @param registrationKey digest by which a repeated registration is known again
   */
  async insert(
    { id, email, passwordHash }: Pick<User, 'id' | 'email' | 'passwordHash'>,
    registrationKey: Buffer | null,
  ): Promise<User | null> {
    const values = [id, email, passwordHash, registrationKey]
    const [row] = await this.#postgres.write<UserRow>(INSERT, values)
    return row === undefined ? null : toUser(row)
  }

  /**
   * Makes an account, or writes one that has the email as it is: whoever measures how long it takes does not learn which.
   *
   * @returns false when the email is taken
   */
  async insertOrTouch({ id, email, passwordHash }: Pick<User, 'id' | 'email' | 'passwordHash'>): Promise<boolean> {
    return (await this.#postgres.write(INSERT_OR_TOUCH, [id, email, passwordHash])).length === 1
  }

  /** The account that was registered with this email and key within the last day. */
  async registeredWith(email: string, registrationKey: Buffer): Promise<User | null> {
    const [row] = await this.#postgres.read<UserRow>(REGISTERED_WITH, [email, registrationKey])
    return row === undefined ? null : toUser(row)
  }

  findByEmail(email: string): Promise<User | null> {
    return this.#find('email', email)
  }

  findById(id: string): Promise<User | null> {
    return this.#find('id', id)
  }

  /** Compare-and-set: false when the hash is no longer `from`. */
  async replaceHash(id: string, from: string, to: string): Promise<boolean> {
    return (await this.#postgres.write(REPLACE_HASH, [id, from, to])).length === 1
  }

  /** Replaces the hash and, in the same step, writes down that other sessions must end. False: see `replaceHash`. */
  async changePassword(id: string, from: string, to: string, ending: PendingRevocation): Promise<boolean> {
    const { userId, sessionId, keepSessionId, revokedAt, expiresAt } = ending
    const values = [id, from, to, ending.id, userId, sessionId, keepSessionId, revokedAt, expiresAt]
    return (await this.#postgres.write(CHANGE_PASSWORD, values)).length === 1
  }

  /**
   * Changes an account and, in the same step, writes down what Redis must be told: its new version and, with `ending`, the
   * end of its sessions. Null when there is no such account.
   */
  async change(id: string, change: UserChange, ending: PendingRevocation | null): Promise<User | null> {
    const { disabled = null, roles = null } = change
    const values = [id, disabled, roles, ending?.id ?? null, ending?.revokedAt ?? null, ending?.expiresAt ?? null]
    const [row] = await this.#postgres.write<UserRow>(CHANGE, values)
    return row === undefined ? null : toUser(row)
  }

  async #find(column: 'email' | 'id', value: string): Promise<User | null> {
    const [row] = await this.#postgres.read<UserRow>(`SELECT ${COLUMNS} FROM users WHERE ${column} = $1`, [value])
    return row === undefined ? null : toUser(row)
  }
}

function toUser(row: UserRow): User {
  const { id, email, roles, version } = row
  return {
    id,
    email,
    roles,
    passwordHash: row.password_hash,
    disabledAt: row.disabled_at,
    createdAt: row.created_at,
    version,
  }
}
