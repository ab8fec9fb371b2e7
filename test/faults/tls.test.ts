import { chownSync, copyFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import pg from 'pg'
import t, { type Test } from 'tap'
import { freePort } from '../../local/ports.ts'
import { newSession, PASSWORD, startApp, type TestApp, testEnvironment, until } from '../fixtures/app.ts'
import { makeAuthority } from '../fixtures/certificates.ts'
import { startServers } from '../fixtures/servers.ts'
import { temporaryFolder } from '../fixtures/temporary-folder.ts'
import { isProblem } from '../routes/expect.ts'
import { startWhole } from '../routes/world.ts'

const folder = temporaryFolder(t)
const ours = makeAuthority(folder, 'ours')
const theirs = makeAuthority(folder, 'theirs')
type Certificate = ReturnType<typeof ours.issue>
const right = ours.issue('localhost')

const { postgres, redis } = await startServers(t, { postgres: true, redis: true })
const admin = new pg.Client({ connectionString: postgres.url })
await admin.connect()
t.teardown(() => admin.end())
const cache = new Redis(redis.url)
t.teardown(() => cache.disconnect())

/** Postgres proves itself with this certificate from the next connection on. */
async function postgresShows({ certFile, keyFile }: Certificate): Promise<void> {
  const dir = String((await admin.query('SHOW data_directory')).rows[0].data_directory)
  const { uid, gid } = statSync(dir)
  for (const [name, file] of [
    ['server.crt', certFile],
    ['server.key', keyFile],
  ] as const) {
    copyFileSync(file, join(dir, name))
    chownSync(join(dir, name), uid, gid)
  }
  await admin.query('ALTER SYSTEM SET ssl = on')
  await admin.query('SELECT pg_reload_conf()')
  await until(async () => (await admin.query('SHOW ssl')).rows[0].ssl === 'on')
}

const tlsPort = await freePort()
/** Redis proves itself with this certificate from the next connection on, on a port of its own. */
async function redisShows({ certFile, keyFile }: Certificate): Promise<void> {
  const settings = ['tls-cert-file', certFile, 'tls-key-file', keyFile, 'tls-ca-cert-file', ours.caFile]
  await cache.call('CONFIG', 'SET', ...settings, 'tls-auth-clients', 'no', 'tls-port', String(tlsPort))
}

await postgresShows(right)
await redisShows(right)
const at = (url: string, port: number | string) =>
  Object.assign(new URL(url), { hostname: 'localhost', port: String(port) })
const env = testEnvironment(
  { postgres: at(postgres.url, postgres.port).href, redis: at(redis.url, tlsPort).href.replace('redis:', 'rediss:') },
  { DATABASE_CA_FILE: ours.caFile, REDIS_CA_FILE: ours.caFile, LOG_LEVEL: 'warn', BREAKER_HALF_OPEN_AFTER: '200ms' },
)

const whole = await startWhole(t, env)
const session = await newSession(whole)
const login = (app: TestApp) => app.call('POST', '/auth/login', { body: { email: session.email, password: PASSWORD } })
const reasons = (app: TestApp, line: string) =>
  app.logs.flatMap(({ msg, reason }) => (msg === line && reason !== undefined ? [reason] : []))

t.test('with the right authority everything works, and every connection is encrypted', async (t) => {
  t.equal((await login(whole)).status, 200)
  const sql = `SELECT bool_and(ssl) AS all, count(*)::int AS n FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
               WHERE application_name = 'tokenforge'`
  const [row] = (await admin.query(sql)).rows
  t.equal(row.all, true)
  t.ok(row.n > 0)
  const clients = String(await cache.client('LIST'))
    .split('\n')
    .filter((line) => / name=tokenforge /.test(line))
  t.ok(clients.length > 0 && clients.every((line) => line.includes(`:${tlsPort} `)))
})

/** A server that starts while a store can't prove who it is: it serves what it can, says why, and heals by itself. */
async function startsWithout(t: Test, name: 'postgres' | 'redis', reason: RegExp, more = {}): Promise<TestApp> {
  const app = await startApp(t, { ...env, ...more })
  await until(() => reasons(app, `${name}: not ready yet`).some((each) => reason.test(String(each))))
  await until(async () => (await app.call('GET', '/health/ready')).status === 200)
  t.equal((await app.call('GET', '/auth/me', { token: session.access_token })).status, 200, 'tokens verify')
  isProblem(t, await login(app), { status: 503, code: 'dependency_unavailable', dependency: name })
  return app
}

t.test('a store whose authority is not ours is down, and tells no verdict', async (t) => {
  await startsWithout(t, 'postgres', /SELF_SIGNED_CERT|UNABLE_TO_/, { DATABASE_CA_FILE: theirs.caFile })
  await startsWithout(t, 'redis', /SELF_SIGNED_CERT|UNABLE_TO_/, { REDIS_CA_FILE: theirs.caFile })
})

t.test('nor is one with a name that is not its own, until it shows the right one', async (t) => {
  const wrong = ours.issue('other.example.com')
  await postgresShows(wrong)
  const first = await startsWithout(t, 'postgres', /^ERR_TLS_CERT_ALTNAME_INVALID$/)
  await postgresShows(right)
  await until(async () => (await login(first)).status === 200)
  await redisShows(wrong)
  const second = await startsWithout(t, 'redis', /^ERR_TLS_CERT_ALTNAME_INVALID$/)
  await redisShows(right)
  await until(async () => (await login(second)).status === 200)
})

t.test('a store that loses its name while it is in use is an outage like any other', async (t) => {
  const app = await startWhole(t, env)
  await redisShows(theirs.issue('localhost'))
  await cache.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
  await until(() => reasons(app, 'redis: breaker is open').length > 0)
  t.match(reasons(app, 'redis: breaker is open').at(-1), /SELF_SIGNED_CERT|UNABLE_TO_/)
  isProblem(t, await login(app), { status: 503, code: 'dependency_unavailable', dependency: 'redis' })
  t.equal((await app.call('GET', '/auth/me', { token: session.access_token })).status, 200)
  await redisShows(right)
  await until(async () => (await login(app)).status === 200)
})
