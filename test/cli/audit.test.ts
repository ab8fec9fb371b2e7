import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import t from 'tap'
import { run } from '../../cli/run.ts'
import { auditKeyOf, auditKeys } from '../../lib/audit/chain.ts'
import { checkAuditLog } from '../../lib/store/audit-reader.ts'
import { ADMIN_KEY, newSession, until } from '../fixtures/app.ts'
import { temporaryFolder } from '../fixtures/temporary-folder.ts'
import { userLine, userLines, writeLines } from '../fixtures/user-files.ts'
import { startWorld } from '../routes/world.ts'
import { command, startCommand } from './command.ts'

const world = await startWorld(t)
const folder = temporaryFolder(t)
const RUN = /^[0-9a-f-]{36}$/

/** A server at work, and what a command needs to write into its audit log. */
async function startServer() {
  const server = await world.start(t)
  const { KEY_ENCRYPTION_KEY = '', MIGRATION_DATABASE_URL = server.env.DATABASE_URL ?? '' } = server.env
  const env = { DATABASE_URL: MIGRATION_DATABASE_URL, KEY_ENCRYPTION_KEY }
  const { chain } = auditKeys(auditKeyOf(Buffer.from(KEY_ENCRYPTION_KEY, 'base64')))
  return {
    ...server,
    env,
    check: () => checkAuditLog(MIGRATION_DATABASE_URL, chain),
    async events(type: string) {
      const { body } = await server.call('GET', `/admin/audit-events?type=${type}`, { token: ADMIN_KEY })
      return body.events
    },
    accounts: async () => Number((await server.sql('SELECT count(*) FROM users'))[0]?.count),
  }
}

const server = await startServer()
const { env, events, check, accounts } = server

t.test('an import and an export are in the chain of the servers, before and after, and it holds', async (t) => {
  const file = join(folder, 'some.jsonl')
  writeLines(file, [userLine(1), userLine(2), '?'])
  // The server writes into the same chain meanwhile.
  const sessions = Promise.all(Array.from({ length: 5 }, () => newSession(server)))
  t.match(await command(['users', 'import', file], env), { code: 1 })
  await sessions
  t.match(await command(['users', 'import', file, '--restart'], env), { code: 1 })
  const [begin, end, again, last] = await events('users_import')
  const common = { actor: 'admin', user_id: null, user_agent: 'tokenforge users import', request_id: RUN }
  t.match(begin, { ...common, outcome: 'success', details: { stage: 'begin', host: String, os_user: String } })
  const numbers = { imported: 2, present: 0, refused: 1, behind_line: 0, to_line: 3, sha256: /^[0-9a-f]{64}$/ }
  t.match(end, { ...common, outcome: 'success', details: { stage: 'end', ...numbers } })
  t.equal(begin.request_id, end.request_id, 'one run')
  t.not(again.request_id, end.request_id)
  t.match(last, { details: { stage: 'end', imported: 0, present: 2, refused: 1 } })
  t.match(await command(['users', 'import', file], env), { code: 1 })
  t.match((await events('users_import')).at(-1).details, { imported: 0, present: 0, behind_line: 3, to_line: 3 })

  const count = await accounts()
  t.match(await command(['users', 'export'], env), { code: 0 })
  const [first, second] = await events('users_export')
  t.match(first, { outcome: 'success', user_agent: 'tokenforge users export', details: { stage: 'begin' } })
  t.match(second, { outcome: 'success', details: { stage: 'end', accounts: count } })
  await newSession(server)
  await until(() => server.app.auditLog.backlog === 0)
  const { rows, broken } = await check()
  t.equal(broken, null)
  t.ok(rows >= 8)
  const text = JSON.stringify(await server.sql('SELECT * FROM audit_events'))
  t.notMatch(text, /@example\.com|some\.jsonl/, 'no email, and no name of a file')
})

t.test('without the key nothing is done, unless it need not be written down', async (t) => {
  const file = join(folder, 'unwritten.jsonl')
  writeLines(file, [userLine(11)])
  const { DATABASE_URL } = env
  const [before, { seq }] = [await accounts(), await check()]
  for (const words of [
    ['users', 'import', file],
    ['users', 'export'],
  ]) {
    const refused = await command(words, { DATABASE_URL })
    const missing = /AUDIT_KEY and KEY_ENCRYPTION_KEY: are missing in the environment; .* --no-audit/
    t.match(refused, { out: '', err: missing, code: 2 })
    const short = await command(words, { DATABASE_URL, AUDIT_KEY: 'eA==' })
    t.match(short, { out: '', err: /AUDIT_KEY: must be 32 bytes/, code: 2 })
    const wrong = await command(words, { DATABASE_URL, AUDIT_KEY: randomBytes(32).toString('base64') })
    t.match(wrong, { out: '', err: /is not the one that the audit log is chained with/, code: 2 })
  }
  t.equal(await accounts(), before)
  const imported = await command(['users', 'import', file, '--no-audit'], { DATABASE_URL })
  t.match(imported, { out: /^1 imported/, err: 'nothing of this is written into the audit log\n', code: 0 })
  const exported = await command(['users', 'export', '--no-audit'], { DATABASE_URL })
  t.match(exported, { out: /user11@example\.com/, err: /^nothing of this is written/, code: 0 })
  t.match(await check(), { seq, broken: null })
})

t.test('what was cut off has no end, or one that says so', async (t) => {
  const file = join(folder, 'many.jsonl')
  writeLines(file, userLines(30_000, 100))
  const before = (await events('users_import')).length
  const imports = async () => (await events('users_import')).slice(before)
  for (const signal of ['SIGKILL', 'SIGINT'] as const) {
    const count = await accounts()
    const { child, ended } = startCommand(t, ['users', 'import', file], env)
    await until(async () => (await accounts()) > count, 30_000)
    child.kill(signal)
    await ended
  }
  t.match(await imports(), [
    { outcome: 'success', details: { stage: 'begin' } },
    { outcome: 'success', details: { stage: 'begin' } },
    { outcome: 'unknown', reason: 'interrupted', details: { stage: 'end', behind_line: Number } },
  ])
  t.match(await check(), { broken: null })
})

t.test('what ends with an error says so, and what could not be written down at its end as well', async (t) => {
  const other = await startServer()
  const file = join(folder, 'other.jsonl')
  // So many that they are not all read when the first ones are written.
  writeLines(file, userLines(20_000))
  const begun = new AbortController()
  /** Does something to Postgres, once, when the first accounts were read. */
  const exportWith = async (sql: string) => {
    let struck: Promise<unknown> | undefined
    const strike = () => (struck ??= other.sql(sql))
    const out = new Writable({ write: (_chunk, _encoding, done) => void strike().then(() => done(), done) })
    const err = new PassThrough()
    const code = await run(['users', 'export'], { env: other.env, out, err, signal: begun.signal })
    await struck
    return { code, err: String(err.read()) }
  }
  t.match(await command(['users', 'import', file], other.env), { code: 0 })
  await other.sql('ALTER TABLE users RENAME COLUMN roles TO duties')
  t.match(await command(['users', 'import', file, '--restart'], other.env), { err: /column "roles"/, code: 3 })
  t.match((await other.events('users_import')).at(-1), {
    outcome: 'unknown',
    reason: 'failed',
    details: { stage: 'end' },
  })
  await other.sql('ALTER TABLE users RENAME COLUMN duties TO roles')
  const ended = await exportWith(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tokenforge-transfer'`,
  )
  t.match(ended, { err: /postgres: .*; nothing was exported/, code: 3 })
  t.match((await other.events('users_export')).at(-1), { outcome: 'unknown', reason: 'failed' })
  const unwritten = await exportWith('ALTER TABLE IF EXISTS audit_events RENAME TO audit_events_away')
  t.match(unwritten, { err: /it was done, but its end is not in the audit log: relation "audit_events"/, code: 3 })
})
