import pg from 'pg'
import { inTime, rowsInTime } from './in-time.ts'
import type { PostgresHandle, Row } from './postgres-handle.ts'

const CONNECT_TIMEOUT_MS = 5_000
const STATEMENT_TIMEOUT_MS = 10_000

/** The connection of a command to the audit log. It is not guarded: who waits for it is a person at a terminal. */
export class AuditConnection implements Pick<PostgresHandle, 'read' | 'write'>, AsyncDisposable {
  readonly #client: pg.Client

  private constructor(client: pg.Client) {
    this.#client = client
  }

  /** @throws Error when Postgres can't be reached */
  static async open(databaseUrl: string): Promise<AuditConnection> {
    const client = new pg.Client({
      connectionString: databaseUrl,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      query_timeout: STATEMENT_TIMEOUT_MS,
      application_name: 'tokenforge-audit',
    })
    client.on('error', () => {})
    try {
      await client.connect()
    } catch (error) {
      await client.end().catch(() => {})
      throw error
    }
    return new AuditConnection(client)
  }

  async read<R extends Row>(sql: string, values: readonly unknown[]): Promise<R[]> {
    return (await this.#client.query<R>(sql, [...values])).rows
  }

  /** Without a deadline: nobody has been told anything else when it takes effect late. */
  async write<R extends Row>(sql: string, values: readonly unknown[]): Promise<R[]> {
    return rowsInTime<R>((await this.#client.query(inTime(sql, values, Number.POSITIVE_INFINITY))).rows)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.end().catch(() => {})
  }
}
