import type pg from 'pg'
import type { NewAccount } from '../transfer/user-line.ts'
import { connectCommand } from './command-client.ts'

const STATEMENT_TIMEOUT_MS = 60_000
/** How long the end of an earlier run is waited for: Postgres may still be at its last statement. */
const LOCK_TIMEOUT_MS = 30_000
/** Any constant will do; with the file it names the lock. */
const LOCK = 7_403_222
const EXPORT_ROWS = 1000

const COLUMNS = 'id, email, password_hash, roles, disabled_at, created_at'
const STATE = 'bytes, lines, digest, imported, present, refused, report_bytes'
const BEGIN = `INSERT INTO user_imports (file) VALUES ($1) RETURNING ${STATE}`
const CHECKPOINT = `SELECT ${STATE} FROM user_imports WHERE file = $1`
const INSERT = `
  INSERT INTO users (${COLUMNS})
  SELECT id, email, password_hash, ARRAY(SELECT json_array_elements_text(roles)), disabled_at, created_at
  FROM json_to_recordset($1::json)
    AS r(id uuid, email text, password_hash text, roles json, disabled_at timestamptz, created_at timestamptz)
  ON CONFLICT DO NOTHING RETURNING id, email`
const THERE = 'SELECT id, email, password_hash FROM users WHERE email = ANY($1::text[]) OR id = ANY($2::uuid[])'
const MOVE = `
  UPDATE user_imports
  SET bytes = $3, lines = $4, digest = $5, imported = $6, present = $7, refused = $8, report_bytes = $9, updated_at = now()
  WHERE file = $1 AND bytes = $2`

/** How far an import has come. */
export interface Checkpoint {
  readonly bytes: number
  readonly lines: number
  /** SHA-256 of these bytes. */
  readonly digest: Buffer
  readonly imported: number
  /** Accounts that were there already, as the lines tell of them. */
  readonly present: number
  readonly refused: number
  /** Length of the report of the refused lines. */
  readonly reportBytes: number
}

/** An account that stands in the way of one that is to be imported. */
export interface AccountThere {
  readonly id: string
  readonly email: string
  readonly password_hash: string
}

interface StoredAccount extends Omit<NewAccount, 'disabled_at' | 'created_at'> {
  readonly disabled_at: Date | null
  readonly created_at: Date
}

/** The one connection of an import or an export. It is not guarded: who waits for it is a person at a terminal. */
export class UserTransfer implements AsyncDisposable {
  readonly #client: pg.Client

  private constructor(client: pg.Client) {
    this.#client = client
  }

  /** @throws Error when Postgres can't be reached */
  static async open(databaseUrl: string): Promise<UserTransfer> {
    return new UserTransfer(
      await connectCommand(databaseUrl, 'tokenforge-transfer', {
        statementMs: STATEMENT_TIMEOUT_MS,
        lockMs: LOCK_TIMEOUT_MS,
      }),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.end().catch(() => {})
  }

  /**
   * How far an import has come. No other process imports the same file from now on until this connection ends.
   *
   * @param file SHA-256 of its beginning
   * @returns null for one that was never begun
   * @throws Error with the SQLSTATE 55P03 when another process is at it
   */
  async find(file: Buffer): Promise<Checkpoint | null> {
    await this.#client.query('SELECT pg_advisory_lock($1, $2)', [LOCK, file.readInt32BE()])
    const { rows } = await this.#client.query(CHECKPOINT, [file])
    return rows[0] === undefined ? null : toCheckpoint(rows[0])
  }

  /** Begins an import anew. */
  async begin(file: Buffer): Promise<Checkpoint> {
    await this.#client.query('DELETE FROM user_imports WHERE file = $1', [file])
    const { rows } = await this.#client.query(BEGIN, [file])
    return toCheckpoint(rows[0])
  }

  /**
   * Inserts accounts and moves the checkpoint, in one transaction.
   *
   * @param judge is told which accounts were inserted and which stood in the way of the others, and gives the new
   *   checkpoint; what it writes elsewhere must be durable by then
   * @throws Error when nothing of it has been done, or when it is not known whether it has
   */
  async importBatch(
    file: Buffer,
    from: Checkpoint,
    accounts: readonly NewAccount[],
    judge: (inserted: ReadonlySet<NewAccount>, there: readonly AccountThere[]) => Promise<Checkpoint>,
  ): Promise<Checkpoint> {
    const client = this.#client
    await client.query('BEGIN')
    const { rows } = await client.query<{ id: string; email: string }>(INSERT, [JSON.stringify(accounts)])
    const done = new Set(rows.map(({ id, email }) => `${id} ${email}`))
    const inserted = new Set<NewAccount>()
    // The first of several that are the same.
    for (const account of accounts) if (done.delete(`${account.id} ${account.email}`)) inserted.add(account)
    const others = accounts.filter((account) => !inserted.has(account))
    const keys = [others.map(({ email }) => email), others.map(({ id }) => id)]
    const there = others.length === 0 ? [] : (await client.query<AccountThere>(THERE, keys)).rows
    const to = await judge(inserted, there)
    const { bytes, lines, digest, imported, present, refused, reportBytes } = to
    const values = [file, from.bytes, bytes, lines, digest, imported, present, refused, reportBytes]
    const moved = await client.query(MOVE, values)
    if (moved.rowCount !== 1) throw new Error('another run has gone on with this import')
    await client.query('COMMIT')
    return to
  }

  /** All accounts, in one snapshot, in the order of their ids, some at a time. */
  async *accounts(): AsyncGenerator<NewAccount[]> {
    const client = this.#client
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    await client.query(`DECLARE accounts NO SCROLL CURSOR FOR SELECT ${COLUMNS} FROM users ORDER BY id`)
    for (;;) {
      const { rows } = await client.query<StoredAccount>(`FETCH ${EXPORT_ROWS} FROM accounts`)
      if (rows.length === 0) break
      yield rows.map((row) => ({
        ...row,
        disabled_at: row.disabled_at?.toISOString() ?? null,
        created_at: row.created_at.toISOString(),
      }))
    }
    await client.query('COMMIT')
  }
}

function toCheckpoint(row: Record<string, string> & { digest: Buffer }): Checkpoint {
  const count = (name: string) => Number(row[name])
  return {
    bytes: count('bytes'),
    lines: count('lines'),
    digest: row.digest,
    imported: count('imported'),
    present: count('present'),
    refused: count('refused'),
    reportBytes: count('report_bytes'),
  }
}
