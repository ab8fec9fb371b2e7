import type { RingHead } from './key-ring-store.ts'
import type { PostgresHandle, Row } from './postgres-handle.ts'

const MAX_PENDING = 1000

const LOOK = `
  SELECT current_setting('transaction_read_only') = 'on' AS read_only,
         extract(epoch FROM clock_timestamp()) * 1000 AS now, k.epoch, k.session_epoch, k.version, k.digest,
         EXISTS (SELECT FROM pending_revocations) AS pending, EXISTS (SELECT FROM pending_account_changes) AS changed
  FROM (VALUES (1)) one LEFT JOIN key_ring k ON true`
const PENDING = `
  SELECT id, user_id, session_id, keep_session_id, revoked_at, expires_at
  FROM pending_revocations ORDER BY id LIMIT ${MAX_PENDING}`
const CHANGES = `SELECT user_id, version FROM pending_account_changes ORDER BY user_id LIMIT ${MAX_PENDING}`
const INSERT = `
  attempt AS (
    INSERT INTO pending_revocations (id, user_id, session_id, keep_session_id, revoked_at, expires_at)
    SELECT $1::uuid, $2::uuid, $3::uuid, $4::uuid, $5::timestamptz, $6::timestamptz WHERE (SELECT in_time FROM deadline)
    RETURNING true AS done)`
const DELETE = `
  attempt AS (
    DELETE FROM pending_revocations WHERE id = ANY($1::uuid[]) AND (SELECT in_time FROM deadline) RETURNING true AS done)`
const DELETE_CHANGE = `
  attempt AS (
    DELETE FROM pending_account_changes
    WHERE user_id = $1::uuid AND version <= $2::int AND (SELECT in_time FROM deadline) RETURNING true AS done)`

/** A revocation that Redis does not know yet: of one session, or (null) of all that the user had at `revokedAt`. */
export interface PendingRevocation {
  readonly id: string
  readonly userId: string
  readonly sessionId: string | null
  readonly keepSessionId: string | null
  readonly revokedAt: Date
  /** When nothing of what is revoked can be valid any more. */
  readonly expiresAt: Date
}

/** An account whose latest change Redis does not know yet. */
export interface AccountChange {
  readonly userId: string
  readonly version: number
}

interface PendingRow extends Row {
  id: string
  user_id: string
  session_id: string | null
  keep_session_id: string | null
  revoked_at: Date
  expires_at: Date
}

/** What one look at the shared part of Postgres shows. */
export interface PostgresNews {
  /** Milliseconds since the epoch, by the clock of Postgres. */
  readonly now: number
  /** It answers but refuses to write: a standby, after a failover perhaps. */
  readonly readOnly: boolean
  readonly head: RingHead | null
  readonly pending: readonly PendingRevocation[]
  readonly changes: readonly AccountChange[]
}

/** The part of Postgres that all instances share: the head of the ring, and revocations that wait for Redis. */
export class PostgresSyncStore {
  readonly #postgres: PostgresHandle

  constructor(postgres: PostgresHandle) {
    this.#postgres = postgres
  }

  /** The health probe as well. A connection to a standby is dropped, so that the next one may find the primary. */
  async pull(): Promise<PostgresNews> {
    const isReadOnly = (rows: Row[]) => rows[0]?.read_only === true
    const rows = await this.#postgres.look<Row>(LOOK, isReadOnly)
    const [row] = rows
    const head: RingHead | null =
      row === undefined || row.epoch === null
        ? null
        : {
            epoch: Number(row.epoch),
            sessionEpoch: Number(row.session_epoch),
            version: Number(row.version),
            digest: String(row.digest),
          }
    const readOnly = isReadOnly(rows)
    const pending = row?.pending === true ? await this.#pending() : []
    const changes = row?.changed === true ? await this.#changes() : []
    return { now: Number(row?.now), readOnly, head, pending, changes }
  }

  async remember(revocation: PendingRevocation): Promise<void> {
    const { id, userId, sessionId, keepSessionId, revokedAt, expiresAt } = revocation
    await this.#postgres.write(INSERT, [id, userId, sessionId, keepSessionId, revokedAt, expiresAt])
  }

  async forget(ids: readonly string[]): Promise<void> {
    await this.#postgres.write(DELETE, [ids])
  }

  /** Redis knows this version of the account now. */
  async forgetChange({ userId, version }: AccountChange): Promise<void> {
    await this.#postgres.write(DELETE_CHANGE, [userId, version])
  }

  async #changes(): Promise<AccountChange[]> {
    const rows = await this.#postgres.read<{ user_id: string; version: number }>(CHANGES, [])
    return rows.map(({ user_id, version }) => ({ userId: user_id, version }))
  }

  async #pending(): Promise<PendingRevocation[]> {
    const rows = await this.#postgres.read<PendingRow>(PENDING, [])
    return rows.map((row) => ({
      id: row.id,
      userId: row.user_id,
      sessionId: row.session_id,
      keepSessionId: row.keep_session_id,
      revokedAt: row.revoked_at,
      expiresAt: row.expires_at,
    }))
  }
}
