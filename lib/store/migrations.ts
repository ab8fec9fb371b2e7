import { fileURLToPath } from 'node:url'
import pg from 'pg'
import Postgrator from 'postgrator'
import { confine, type RuntimeRole } from './runtime-role.ts'

const FOLDER = fileURLToPath(new URL('../../migrations/', import.meta.url))
const SCHEMA_TABLE = 'schema_migrations'
/** Any constant will do, as long as every instance takes the same lock. */
const LOCK = 7_403_221
const CONNECT_TIMEOUT_MS = 5_000
const LOOK_TIMEOUT_MS = 5_000
const MIGRATE_TIMEOUT_MS = 300_000

/** What a run did. Versions are the numbers of the files in `migrations/`. */
export interface MigrationRun {
  readonly from: number
  readonly to: number
  readonly applied: readonly string[]
}

/**
 * Brings the schema to a version: the newest one, or any other, also back. All of it is one transaction under an advisory
 * lock, so instances can start together and a run that is cut off leaves nothing behind. A file that was changed after it
 * was applied is refused by its checksum. A schema newer than the files (a rolling deployment) is left alone.
 *
 * @param databaseUrl of the role that owns the tables
 * @param target a version, or `latest`
 * @param runtime the role of the server, when it is another one: it gets what it needs, in the same transaction
 * @throws Error when Postgres can't be reached, or a migration fails, or a checksum differs
 */
export function migrate(
  databaseUrl: string,
  target: number | 'latest' = 'latest',
  runtime?: RuntimeRole,
): Promise<MigrationRun> {
  return withClient(databaseUrl, MIGRATE_TIMEOUT_MS, async (client) => {
    await client.query('BEGIN')
    await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK])
    const postgrator = postgratorOn(client)
    const from = await postgrator.getDatabaseVersion()
    const latest = await postgrator.getMaxVersion()
    const to = target === 'latest' ? Math.max(latest, from) : target
    if (from > latest && to !== from) {
      throw new RangeError(`the schema is at version ${from}, newer than the migrations here (${latest})`)
    }
    if (to !== from && to > latest) throw new RangeError(`there is no migration ${to}; the latest is ${latest}`)
    const applied = from > latest ? [] : await postgrator.migrate(String(to))
    if (runtime !== undefined) await confine(client, runtime)
    await client.query('COMMIT')
    return { from, to, applied: applied.map(({ version, action, name }) => `${version}.${action}.${name}`) }
  })
}

/** Where the schema is and where it could be. */
export function migrationStatus(databaseUrl: string): Promise<{ current: number; latest: number }> {
  return withClient(databaseUrl, LOOK_TIMEOUT_MS, async (client) => {
    const postgrator = postgratorOn(client)
    return { current: await postgrator.getDatabaseVersion(), latest: await postgrator.getMaxVersion() }
  })
}

function postgratorOn(client: pg.Client): Postgrator {
  return new Postgrator({
    driver: 'pg',
    migrationPattern: `${FOLDER}*.sql`,
    schemaTable: SCHEMA_TABLE,
    execQuery: (query) => client.query(query),
  })
}

async function withClient<T>(
  databaseUrl: string,
  timeoutMs: number,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: timeoutMs,
    query_timeout: timeoutMs,
    application_name: 'tokenforge-migrate',
  })
  // A connection that is lost between two statements fails the next one; without a listener it would end the process.
  client.on('error', () => {})
  try {
    await client.connect()
    return await work(client)
  } finally {
    await client.end().catch(() => {})
  }
}
