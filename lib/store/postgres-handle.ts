import type { Guard } from '../resilience/guard.ts'

/** One row as the driver gives it. */
export type Row = Record<string, unknown>

/** Postgres as the stores see it. Every call goes through the guard and throws AppError `dependency_unavailable`. */
export interface PostgresHandle {
  readonly guard: Guard
  /** A statement that changes nothing; tried once more after a lost connection. */
  read<R extends Row>(sql: string, values: readonly unknown[]): Promise<R[]>
  /** The health probe's own read. The connection is given up when `dropIf` says so of the answer. */
  look<R extends Row>(sql: string, dropIf: (rows: R[]) => boolean): Promise<R[]>
  /**
   * A statement that changes something; tried once. Its outcome is unknown when it fails, but it never takes effect later
   * than its caller has been told 503.
   *
   * @param sql a common table expression `attempt AS (... RETURNING ...)`, perhaps with others before it, that does nothing
   *   unless `(SELECT in_time FROM deadline)`
   * @returns the rows that `attempt` returned
   */
  write<R extends Row>(sql: string, values: readonly unknown[]): Promise<R[]>
}
