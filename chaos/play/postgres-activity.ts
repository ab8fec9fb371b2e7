import { setTimeout as sleep } from 'node:timers/promises'
import { postgresStatements } from '../lab/past-the-app.ts'

/** What the server has open in Postgres. */
export interface PostgresActivity {
  readonly connections: number
  readonly idleInTransaction: number
  readonly waitingLocks: number
}

const SQL = `
  SELECT count(*)::int AS connections,
    count(*) FILTER (WHERE state LIKE 'idle in transaction%')::int AS "idleInTransaction",
    (SELECT count(*)::int FROM pg_locks WHERE NOT granted) AS "waitingLocks"
  FROM pg_stat_activity WHERE application_name = 'tokenforge'`
const WITHIN_MS = 5000
const PAUSE_MS = 50

/** Looks, past the app, until `settled` says so: a closed connection is gone a moment later. The last look counts. */
export async function lookAtPostgres(
  url: string,
  settled: (seen: PostgresActivity) => boolean,
): Promise<PostgresActivity> {
  const end = performance.now() + WITHIN_MS
  for (;;) {
    const [row] = await postgresStatements(url, SQL)
    const seen = row as unknown as PostgresActivity
    const isQuiet = settled(seen) && seen.idleInTransaction === 0 && seen.waitingLocks === 0
    if (isQuiet || performance.now() > end) return seen
    await sleep(PAUSE_MS)
  }
}
