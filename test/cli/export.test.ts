import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { migrate } from '../../lib/store/migrations.ts'
import { roleApart } from '../../lib/store/runtime-role.ts'
import { until } from '../fixtures/app.ts'
import { as } from '../fixtures/confined.ts'
import { postgresHandle } from '../fixtures/handles.ts'
import { startServers } from '../fixtures/servers.ts'
import { temporaryFolder } from '../fixtures/temporary-folder.ts'
import { userLines, writeLines } from '../fixtures/user-files.ts'
import { command, startCommand } from './command.ts'

const { postgres } = await startServers(t, { postgres: true })
const DATABASE_URL = postgres.url
const AUDIT_KEY = randomBytes(32).toString('base64')
const env = { DATABASE_URL, AUDIT_KEY }
const { pool } = await postgresHandle(t, DATABASE_URL)
const folder = temporaryFolder(t)
const run = (...words: string[]) => command(words, env)
const count = async () => Number((await pool.query('SELECT count(*) FROM users')).rows[0].count)

/** A line every few seconds, where the machine takes that long. */
const ONLY_PROGRESS = /^(\d+ %, .*\n)*$/

const source = join(folder, 'users.jsonl')

t.test('an export is whole or not there, and what is exported can be imported', async (t) => {
  const accounts = 15_000
  writeLines(source, userLines(accounts))
  t.match(await run('users', 'import', source), { err: ONLY_PROGRESS, code: 0 })
  const file = join(folder, 'export.jsonl')
  t.match(await run('users', 'export', '--output', file), {
    out: '',
    err: new RegExp(`(^|\n)${accounts} accounts exported\n$`),
    code: 0,
  })
  t.equal(statSync(file).mode & 0o777, 0o600)
  t.match(await run('users', 'export', '--output', file), { err: /is there already/, code: 2 })
  t.match(await run('users', 'export', '--output', join(folder, 'no/folder')), { err: /ENOENT/, code: 2 })
  const { out, code } = await run('users', 'export')
  t.equal(code, 0)
  t.ok(out === readFileSync(file, 'utf8'), 'the same on standard output')

  const other = join(folder, 'interrupted.jsonl')
  const { child, ended } = startCommand(t, ['users', 'export', '--output', other], env)
  await until(() => existsSync(`${other}.partial`))
  child.kill('SIGTERM')
  t.match(await ended, { err: /interrupted: the export is not whole/, code: 130 })
  t.notOk(existsSync(other))
  t.notOk(existsSync(`${other}.partial`))

  await pool.query('TRUNCATE users, user_imports')
  const back = await run('users', 'import', file)
  t.match(back, { out: `${accounts} imported, 0 there already, 0 refused\n`, code: 0 })
})

t.test('Ctrl-C ends an import after a batch, and the next run goes on', async (t) => {
  await pool.query('TRUNCATE users, user_imports')
  const { child, ended } = startCommand(t, ['users', 'import', source], env)
  await until(async () => (await count()) > 0)
  child.kill('SIGINT')
  t.match(await ended, { err: /interrupted behind line \d+000; the same command goes on there/, code: 130 })
  t.match(await run('users', 'import', source), { err: /^going on behind line/, code: 0 })
})

t.test('the role of the server may not import', async (t) => {
  const server = as(postgres.url, 'tokenforge_server', 'of-the-server')
  await migrate(postgres.url, 'latest', roleApart(server, postgres.url))
  const given = { DATABASE_URL: server, AUDIT_KEY }
  const refused = await command(['users', 'import', source], given)
  t.match(refused, { out: '', err: /give that of the owner as MIGRATION_DATABASE_URL/, code: 2 })
  const owner = { ...given, MIGRATION_DATABASE_URL: postgres.url }
  t.match(await command(['users', 'import', source], owner), { code: 0 })
})

t.test('settings of Postgres that are wrong', async (t) => {
  for (const [DATABASE_CA_FILE, url, error] of [
    ['', 'localhost', /DATABASE_URL: must be a postgres:\/\/ URL/],
    ['', `${DATABASE_URL}?sslmode=prefer`, /DATABASE_URL: its sslmode must be/],
    ['no-such-file', DATABASE_URL, /DATABASE_URL: its sslrootcert can not be read/],
  ] as const) {
    const run = await command(['users', 'export'], { DATABASE_URL: url, DATABASE_CA_FILE })
    t.match(run, { out: '', err: error, code: 2 })
  }
})

t.test('a database without the schema', async (t) => {
  const none = DATABASE_URL.replace(/\/tokenforge\b/, '/postgres')
  for (const words of [
    ['users', 'export'],
    ['users', 'import', source],
  ]) {
    t.match(await command(words, { DATABASE_URL: none, AUDIT_KEY }), { err: /run the migrations first/, code: 2 })
  }
})
