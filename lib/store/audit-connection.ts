import type pg from 'pg'
import { connectCommand } from './command-client.ts'
import { inTime, rowsInTime } from './in-time.ts'
import type { PostgresHandle, Row } from './postgres-handle.ts'

const STATEMENT_TIMEOUT_MS = 10_000

/** The connection of a command to the audit log. */
export class AuditConnection implements Pick<PostgresHandle, 'read' | 'write'>, AsyncDisposable {
  readonly #client: pg.Client

  private constructor(client: pg.Client) {
    this.#client = client
  }

  /** @throws Error when Postgres can't be reached */
  static async open(databaseUrl: string): Promise<AuditConnection> {
    return new AuditConnection(
      await connectCommand(databaseUrl, 'tokenforge-audit', { statementMs: STATEMENT_TIMEOUT_MS }),
    )
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
