import { globSync, readFileSync } from 'node:fs'
import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { ADMIN_KEY, newSession, PASSWORD, startApp, type TestApp, testEnvironment, until } from '../fixtures/app.ts'
import { confined } from '../fixtures/confined.ts'
import { isProblem } from '../routes/expect.ts'
import { startOwnWorld, type WorldApp } from '../routes/world.ts'
import { command } from '../secrets/command.ts'

const world = await startOwnWorld(t)
const acl = readFileSync(new URL('../../ops/redis/users.acl', import.meta.url), 'utf8')
const admin = new Redis(world.redis.url)
t.teardown(() => admin.disconnect())

/** A server that is confined in both stores, on stores that nobody has used yet. */
async function startConfined(t: Test, more: Record<string, string> = {}): Promise<WorldApp> {
  const { DATABASE_URL = '', REDIS_URL = '' } = await world.environment()
  return world.start(t, { ...(await confined({ postgres: DATABASE_URL, redis: REDIS_URL })), ...more })
}

async function walk(t: Test, app: TestApp): Promise<void> {
  const { email, access_token: token, refresh_token } = await newSession(app)
  const password = { current_password: PASSWORD, new_password: 'eight loud herons' }
  const refreshed = await app.call('POST', '/auth/refresh', { body: { refresh_token } })
  t.equal(refreshed.status, 200)
  t.equal((await app.call('POST', '/auth/password', { token, body: password })).status, 204)
  const body = { email, password: 'eight loud herons' }
  t.equal((await app.call('POST', '/auth/login', { body })).status, 200)
  t.equal((await app.call('GET', '/auth/sessions', { token })).body.sessions.length, 2)
  t.equal((await app.call('DELETE', '/auth/sessions?keep_current=true', { token })).status, 204)
  t.equal((await app.call('POST', '/admin/keys/rotate', { token: ADMIN_KEY })).status, 200)
  t.equal((await app.call('POST', '/auth/logout', { token })).status, 204)
  const answer = await app.call('POST', '/admin/keys/revoke-all', { token: ADMIN_KEY, body: { reason: 'a test' } })
  t.strictSame(answer.body.persisted.toSorted(), ['postgres', 'redis'])
}

t.test('the first start makes the role of the server, and everything works with it', async (t) => {
  const app = await startConfined(t)
  await walk(t, app)
  const [row] = await app.sql("SELECT count(*)::int AS n FROM pg_stat_activity WHERE usename = 'tokenforge_server'")
  t.ok(Number(row?.n) > 0, 'it is logged in as that role')
})

t.test('a server that has no rights to migrate waits until somebody else has', async (t) => {
  const {
    MIGRATION_DATABASE_URL = '',
    DATABASE_URL = '',
    REDIS_URL = '',
  } = await confined({
    postgres: (await world.environment()).DATABASE_URL ?? '',
    redis: world.redis.url,
  })
  const env = { DATABASE_URL, MIGRATION_DATABASE_URL }
  const first = command(['migrate.ts'], { env })
  const app = await world.start(t, { DATABASE_URL, REDIS_URL, MIGRATE_ON_START: 'false' })
  t.match(await first, {
    out: /^confined the role tokenforge_server$/m,
    err: '',
    code: 0,
  })
  t.match(await command(['migrate.ts', 'status'], { env: { DATABASE_URL } }), { out: /^at version \d+, the latest is/ })
  t.match(await command(['migrate.ts', 'to', '0'], { env: { DATABASE_URL } }), {
    err: /permission denied|must be owner/,
  })
  t.equal((await app.call('GET', '/health/ready')).body.status, 'ok')
})

t.test('the user of Redis may run what the scripts run, and nothing else', async (t) => {
  const scripts = globSync('../../lib/store/lua/*.lua', { cwd: import.meta.dirname })
  const text = scripts.map((file) => readFileSync(new URL(file, import.meta.url), 'utf8')).join('\n')
  const used = [...text.matchAll(/(?:redis\.p?call|\bwrite)\('([A-Z]+)'/g)].map(([, name = '']) => name.toLowerCase())
  /** What the driver needs to connect, and to run scripts. */
  const driver = ['eval', 'evalsha', 'client|setname', 'info', 'select', 'ping']
  const granted = [...acl.matchAll(/ \+(\S+)/g)].map(([, name = '']) => name)
  t.strictSame(granted.toSorted(), [...new Set([...driver, ...used])].toSorted())

  const { REDIS_URL = '' } = await confined({ postgres: world.postgres.url, redis: world.redis.url })
  const thief = new Redis(REDIS_URL)
  t.teardown(() => thief.disconnect())
  await admin.set('other', 'x')
  const commands = [
    'KEYS *',
    'FLUSHALL',
    'FLUSHDB',
    'CONFIG GET *',
    'MONITOR',
    'SAVE',
    'SHUTDOWN',
    'ACL LIST',
    'GET other',
  ]
  commands.push('HGET other x', 'DEL other', 'SUBSCRIBE x', 'REPLICAOF NO ONE', 'CLIENT KILL TYPE normal')
  commands.push(
    'SCRIPT FLUSH',
    'FUNCTION LIST',
    'MODULE LIST',
    'DUMP tokenforge:key-ring',
    'XTRIM tokenforge:x MAXLEN 0',
  )
  for (const each of commands) {
    const [name = '', ...args] = each.split(' ')
    await t.rejects(thief.call(name, ...args), /NOPERM/, each)
  }
  for (const lua of ["redis.call('FLUSHALL')", "redis.call('HGET', 'other', 'x')"]) {
    await t.rejects(thief.eval(lua, 0), /can't (run|access)/, lua)
  }
})

t.test('a right that was taken away by mistake is an outage, never a verdict, and heals', async (t) => {
  const app = await startConfined(t, { BREAKER_HALF_OPEN_AFTER: '100ms' })
  const { email, refresh_token } = await newSession(app)
  const login = () => app.call('POST', '/auth/login', { body: { email, password: PASSWORD } })
  await app.sql('REVOKE SELECT ON users FROM tokenforge_server')
  isProblem(t, await login(), { status: 503, code: 'dependency_unavailable', dependency: 'postgres' })
  await app.sql('GRANT SELECT ON users TO tokenforge_server')
  await until(async () => (await login()).status === 200)

  const refresh = () => app.call('POST', '/auth/refresh', { body: { refresh_token } })
  await admin.call('ACL', 'SETUSER', 'tokenforge_server', '-hmget')
  isProblem(t, await refresh(), { status: 503, code: 'dependency_unavailable', dependency: 'redis' })
  await admin.call('ACL', 'SETUSER', 'tokenforge_server', '+hmget')
  await until(async () => (await refresh()).status === 200)
})

t.test('a right that Redis does not give is named in the log, at a start and later, once', async (t) => {
  const named = (app: TestApp, line: RegExp) =>
    app.logs.filter(({ msg }) => line.test(String(msg))).map(({ reason }) => reason)
  for (const [taken, given, right] of [
    [['-hmget'], ['+hmget'], 'run hmget'],
    [['-eval', '-evalsha'], ['+eval', '+evalsha'], 'run eval'],
    [['resetkeys', '~other:*'], ['resetkeys', '~tokenforge:*'], 'access a key that it needs'],
    [['-xrange'], ['+xrange'], 'run xrange'],
  ] as const) {
    const app = await startConfined(t, { BREAKER_HALF_OPEN_AFTER: '1h', LOG_LEVEL: 'warn' })
    const { refresh_token, access_token: token } = await newSession(app)
    await admin.call('ACL', 'SETUSER', 'tokenforge_server', ...taken)
    const refresh = () => app.call('POST', '/auth/refresh', { body: { refresh_token } })
    const lines = /^redis: (breaker is open|a right is missing)$/
    await until(async () => {
      await refresh()
      return named(app, lines).length > 0
    })
    const expected = new RegExp(`^NOPERM: its user may not ${right}`)
    t.match(named(app, lines)[0], expected, right)
    t.equal((await app.call('GET', '/auth/me', { token })).status, 200, 'tokens go on verifying')

    const next = await startApp(t, app.env)
    await until(() => named(next, /^redis: not ready yet$/).length > 0)
    t.match(named(next, /^redis: not ready yet$/), [expected], `${right}, at a start, in one line`)
    await admin.call('ACL', 'SETUSER', 'tokenforge_server', ...given)
    await until(async () => (await next.call('GET', '/health/ready')).body.status === 'ok')
  }
})

t.test('a Redis database that can not be selected is an outage: another one is never used in its place', async (t) => {
  const { DATABASE_URL = '', REDIS_URL = '' } = await world.environment()
  const confinedTo = await confined({ postgres: DATABASE_URL, redis: REDIS_URL })
  const known = async () => (await admin.keys('tokenforge:*')).length
  const before = await known()
  const nowhere = new URL(String(confinedTo.REDIS_URL))
  nowhere.pathname = '/99'
  await admin.call('ACL', 'SETUSER', 'tokenforge_server', '-select')
  for (const [url, reason] of [
    [String(confinedTo.REDIS_URL), 'NOPERM: its user may not run select'],
    [nowhere.href, 'its database can not be selected'],
  ] as const) {
    const env = testEnvironment({ postgres: DATABASE_URL, redis: url }, { ...confinedTo, REDIS_URL: url })
    const app = await startApp(t, { ...env, LOG_LEVEL: 'warn' })
    const lines = () => app.logs.filter(({ msg }) => msg === 'redis: not ready yet').map(({ reason }) => reason)
    await until(() => lines().length > 0)
    t.strictSame(lines(), [reason])
    const answer = await app.call('POST', '/auth/login', { body: { email: 'ada@example.com', password: PASSWORD } })
    isProblem(t, answer, { status: 503, code: 'dependency_unavailable', dependency: 'redis' })
    t.equal(await known(), before, 'nothing is written into the database 0')
    await admin.call('ACL', 'SETUSER', 'tokenforge_server', '+select')
    if (url === nowhere.href) continue
    await until(async () => (await app.call('GET', '/health/ready')).body.status === 'ok')
  }
})
