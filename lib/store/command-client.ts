import pg from 'pg'

const CONNECT_TIMEOUT_MS = 5_000

export interface CommandTimes {
  readonly statementMs: number
  readonly lockMs?: number
}

/**
 * A connection of a command line to Postgres. It is not guarded: who waits for it is a person at a terminal.
 *
 * @param name how Postgres lists it
 * @param times how long a statement may take, and wait for a lock, in milliseconds
 * @throws Error when Postgres can't be reached
 */
export async function connectCommand(databaseUrl: string, name: string, times: CommandTimes): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: times.statementMs,
    query_timeout: times.statementMs,
    ...(times.lockMs !== undefined && { lock_timeout: times.lockMs }),
    application_name: name,
  })
  client.on('error', () => {})
  try {
    await client.connect()
  } catch (error) {
    await client.end().catch(() => {})
    throw error
  }
  return client
}
