import { readFileSync } from 'node:fs'
import pg from 'pg'
import t, { type Test } from 'tap'
import { migrate, migrationStatus } from '../../../lib/store/migrations.ts'
import { GRANTS, roleApart } from '../../../lib/store/runtime-role.ts'
import { as } from '../../fixtures/confined.ts'
import { startServers } from '../../fixtures/servers.ts'

const { postgres } = await startServers(t, { postgres: true })
const server = as(postgres.url, 'tokenforge_server', "it's a secret")
const role = roleApart(server, postgres.url)

async function connect(t: Test, connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  t.teardown(() => client.end())
  return client
}

t.test('one role for both is no role apart', async (t) => {
  t.equal(roleApart(postgres.url, postgres.url), undefined)
  t.strictSame(role, { name: 'tokenforge_server', password: "it's a secret" })
})

t.test('the migrations make the role of the server, which may use the tables and do nothing else', async (t) => {
  await t.rejects(migrationStatus(server), { code: '28P01' })
  await migrate(postgres.url, 'latest', role)
  const { current, latest } = await migrationStatus(server)
  t.equal(current, latest, 'it can see where the schema is')

  const client = await connect(t, server)
  const forbidden = [
    'DROP TABLE users',
    'TRUNCATE key_ring',
    'ALTER TABLE users ADD COLUMN admin boolean',
    'CREATE TABLE mine (id int)',
    'CREATE TEMPORARY TABLE mine (id int)',
    'CREATE SCHEMA mine',
    'CREATE ROLE mine',
    'CREATE DATABASE mine',
    'CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
    'SELECT * FROM pg_shadow',
    'SELECT * FROM pg_authid',
    "SELECT pg_read_file('/etc/passwd')",
    "COPY users TO PROGRAM 'cat'",
    'ALTER SYSTEM SET fsync = off',
    'SET ROLE postgres',
    'SET SESSION AUTHORIZATION postgres',
    'DELETE FROM users',
    "UPDATE users SET email = 'eve@example.com'",
    'UPDATE users SET id = NULL',
    'UPDATE users SET created_at = now()',
    'SELECT * FROM user_imports',
    'DELETE FROM audit_events',
    "UPDATE audit_events SET outcome = 'success'",
    'TRUNCATE audit_events',
    'UPDATE audit_chain SET checkpoint_seq = 1',
    'DELETE FROM audit_chain',
    'DELETE FROM key_ring',
    'UPDATE pending_revocations SET expires_at = now()',
    'INSERT INTO schema_migrations (version) VALUES (99)',
    'DROP DATABASE tokenforge',
  ]
  for (const sql of forbidden) await t.rejects(client.query(sql), { code: /^(42501|42809)$/ }, sql)
  const other = server.replace(/\/tokenforge$/, '/postgres')
  const elsewhere = await connect(t, other)
  await t.rejects(elsewhere.query('SELECT * FROM users'), { code: '42P01' }, 'the tables are in one database')
})

t.test('done again it changes nothing but the password, and takes back what is too much', async (t) => {
  const admin = await connect(t, postgres.url)
  await admin.query('GRANT DELETE ON users TO tokenforge_server; GRANT SELECT ON users TO PUBLIC')
  const changed = { name: 'tokenforge_server', password: 'another' }
  await migrate(postgres.url, 'latest', changed)
  await t.rejects(connect(t, server), { code: '28P01' })
  const client = await connect(t, as(postgres.url, changed.name, changed.password))
  t.strictSame((await client.query('SELECT id FROM users')).rows, [])
  await t.rejects(client.query('DELETE FROM users'), { code: '42501' })
  // Of earlier versions what there is of it.
  for (const version of [6, 4, 0]) await migrate(postgres.url, version, changed)
  await migrate(postgres.url, 'latest', changed)
})

t.test('every table is granted by name', async (t) => {
  const admin = await connect(t, postgres.url)
  const { rows } = await admin.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
  t.strictSame(
    rows.map((row) => row.tablename),
    Object.keys(GRANTS).toSorted(),
  )
})

t.test('an owner that may make no roles grants to the one that was made by hand', async (t) => {
  const admin = await connect(t, postgres.url)
  await admin.query('CREATE DATABASE managed')
  const managed = postgres.url.replace(/\/tokenforge$/, '/managed')
  const maker = await connect(t, managed)
  const file = readFileSync(new URL('../../../ops/postgres/roles.sql', import.meta.url), 'utf8')
  const owner = as(managed, 'tokenforge_owner', 'of-the-owner')
  await admin.query('DROP OWNED BY tokenforge_server')
  await admin.query('REVOKE ALL ON DATABASE tokenforge FROM tokenforge_server')
  await admin.query('DROP ROLE tokenforge_server')
  await maker.query(file.replace('DATABASE tokenforge', 'DATABASE managed'))
  await maker.query(
    "ALTER ROLE tokenforge_owner PASSWORD 'of-the-owner'; ALTER ROLE tokenforge_server PASSWORD 'by-hand'",
  )

  await migrate(owner, 'latest', { name: 'tokenforge_server', password: 'is-not-looked-at' })
  const client = await connect(t, as(managed, 'tokenforge_server', 'by-hand'))
  t.strictSame((await client.query('SELECT id FROM users')).rows, [])
  await t.rejects(client.query('DROP TABLE users'), { code: '42501' })
  await t.rejects(migrate(owner, 'latest', { name: 'nobody', password: 'x' }), { code: '42501' }, 'and can make none')
})
