import type { Row } from './postgres-handle.ts'

/** Postgres refused a write because its deadline had passed: nothing was changed. */
export class LateError extends Error {}

/**
 * Makes a write of `attempt AS (...)` (see PostgresHandle) that does nothing past its deadline, which a backend that was
 * frozen may find in its socket when it thaws.
 *
 * @param deadline milliseconds since the epoch, by the clock of Postgres
 */
export function inTime(sql: string, values: readonly unknown[], deadline: number): { text: string; values: unknown[] } {
  const text = `
    WITH deadline AS (SELECT clock_timestamp() < to_timestamp($${values.length + 1}::float8 / 1000) AS in_time), ${sql}
    SELECT deadline.in_time, attempt.* FROM deadline LEFT JOIN attempt ON true`
  return { text, values: [...values, deadline] }
}

/** What `attempt` returned. Throws LateError when it came too late to do anything. */
export function rowsInTime<R extends Row>(rows: readonly Row[]): R[] {
  if (rows[0]?.in_time !== true) throw new LateError('the write came after its deadline')
  return rows.filter((row) => row.done === true) as R[]
}
