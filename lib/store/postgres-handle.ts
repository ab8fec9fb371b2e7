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
   * When a write that begins now is given up, in milliseconds since the epoch by the clock of Postgres. A statement that
   * refuses to run later than that can't take effect after its client was told 503.
   *
   * @throws AppError `dependency_unavailable` as long as that clock is not known
   */
  deadline(): number
  /** A statement that changes something; tried once. Its outcome is unknown when it fails. */
  write<R extends Row>(sql: string, values: readonly unknown[]): Promise<R[]>
}
