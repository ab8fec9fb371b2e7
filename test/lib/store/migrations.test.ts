import pg from 'pg'
import t, { type Test } from 'tap'
import { migrate, migrationStatus } from '../../../lib/store/migrations.ts'
import { startServers } from '../../fixtures/servers.ts'

const { postgres } = await startServers(t, { postgres: true })
/** A pool whose connections may still be closing when the server stops. */
function openPool(connectionString: string): pg.Pool {
  const pool = new pg.Pool({ connectionString })
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

const admin = openPool(postgres.url)
t.teardown(() => admin.end())
let databases = 0

/** A new empty database of its own: its URL, and a way to look into it. */
async function newDatabase(t: Test) {
  databases += 1
  await admin.query(`CREATE DATABASE migrations${databases}`)
  const url = postgres.url.replace(/\/tokenforge\b/, `/migrations${databases}`)
  const pool = openPool(url)
  t.teardown(() => pool.end())
  const tables = async () => {
    const sql = `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1`
    const { rows } = await pool.query<{ name: string }>(sql)
    return rows.map(({ name }) => name).filter((name) => name !== 'schema_migrations')
  }
  return { url, pool, tables }
}

const LATEST = (await migrationStatus(postgres.url)).latest
const ALL = [
  'audit_chain',
  'audit_events',
  'key_ring',
  'pending_account_changes',
  'pending_revocations',
  'user_imports',
  'users',
]

t.test('from nothing to the newest version', async (t) => {
  const { url, tables } = await newDatabase(t)
  t.strictSame(await migrationStatus(url), { current: 0, latest: LATEST })
  const run = await migrate(url)
  t.match(run, { from: 0, to: LATEST, applied: { length: LATEST, 0: '1.do.accounts' } })
  t.strictSame(await tables(), ALL)
  t.strictSame(await migrationStatus(url), { current: LATEST, latest: LATEST })
})

t.test('done again, it does nothing', async (t) => {
  const { url } = await newDatabase(t)
  await migrate(url)
  for (const target of ['latest', LATEST] as const) {
    t.strictSame(await migrate(url, target), { from: LATEST, to: LATEST, applied: [] })
  }
})

t.test('down to nothing, and up again, a step at a time too', async (t) => {
  const { url, tables } = await newDatabase(t)
  await migrate(url)
  t.match(await migrate(url, 0), { from: LATEST, to: 0, applied: { length: LATEST } })
  t.strictSame(await tables(), [])
  for (let version = 1; version <= LATEST; version++)
    t.match(await migrate(url, version), { from: version - 1, to: version })
  for (let version = LATEST - 1; version >= 0; version--) t.match(await migrate(url, version), { to: version })
  t.strictSame(await tables(), [])
  await migrate(url)
  t.strictSame(await tables(), ALL)
})

t.test('four instances that start together make one schema', async (t) => {
  const { url, tables, pool } = await newDatabase(t)
  const runs = await Promise.all(Array.from({ length: 4 }, () => migrate(url)))
  t.strictSame(runs.map(({ applied }) => applied.length).toSorted(), [0, 0, 0, LATEST])
  t.strictSame(new Set(runs.map(({ to }) => to)), new Set([LATEST]))
  t.strictSame(await tables(), ALL)
  const { rows } = await pool.query('SELECT version FROM schema_migrations WHERE version > 0')
  t.equal(rows.length, LATEST, 'each was applied once')
})

t.test('a file that was changed after it was applied is refused', async (t) => {
  const { url, pool, tables } = await newDatabase(t)
  await migrate(url, 2)
  await pool.query(`UPDATE schema_migrations SET md5 = 'another' WHERE version = 1`)
  await t.rejects(migrate(url), { message: /MD5|checksum/i })
  t.equal((await migrationStatus(url)).current, 2)
  t.strictSame(await tables(), ['key_ring', 'users'])
})

t.test('a run that fails leaves nothing behind', async (t) => {
  const { url, pool, tables } = await newDatabase(t)
  await pool.query('CREATE TABLE pending_revocations (id int)')
  await t.rejects(migrate(url), { message: /already exists/ })
  t.strictSame(await tables(), ['pending_revocations'])
  t.equal((await migrationStatus(url)).current, 0)
  await pool.query('DROP TABLE pending_revocations')
  t.match(await migrate(url), { to: LATEST })
})

t.test('a newer schema than the files, as in a rolling deployment, is left alone', async (t) => {
  const { url, pool, tables } = await newDatabase(t)
  await migrate(url)
  await pool.query(`INSERT INTO schema_migrations (version, name, md5, run_at) VALUES (900, 'future', 'x', now())`)
  t.strictSame(await migrationStatus(url), { current: 900, latest: LATEST })
  t.strictSame(await migrate(url), { from: 900, to: 900, applied: [] })
  t.strictSame(await tables(), ALL)
})

t.test('a way back that can not be gone is not said to have been gone', async (t) => {
  const { url, pool, tables } = await newDatabase(t)
  await migrate(url)
  await pool.query(`INSERT INTO schema_migrations (version, name, md5, run_at) VALUES (900, 'future', 'x', now())`)
  const outcome = await migrate(url, 0).catch((error: Error) => error)
  t.strictSame(await tables(), ALL)
  t.ok(outcome instanceof Error || outcome.to === 900, JSON.stringify(outcome))
})

t.test('a version that does not exist', async (t) => {
  const { url, tables } = await newDatabase(t)
  await t.rejects(migrate(url, LATEST + 1), { message: `there is no migration ${LATEST + 1}; the latest is ${LATEST}` })
  t.strictSame(await tables(), [])
})

t.test('no Postgres: an error, and no process ends', async (t) => {
  const { url } = await newDatabase(t)
  await t.rejects(migrate(url.replace(/:\d+\//, ':1/')), { code: 'ECONNREFUSED' })
  await t.rejects(migrationStatus(url.replace(/\/migrations\d+/, '/no_such_database')), { code: '3D000' })
})
