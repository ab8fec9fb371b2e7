import { readFileSync } from 'node:fs'
import { Redis } from 'ioredis'
import pg from 'pg'
import t from 'tap'
import { ADMIN_KEY, newSession, PASSWORD, unlessShed } from '../fixtures/app.ts'
import { isInvalidToken, isProblem } from '../routes/expect.ts'
import { startWorld } from '../routes/world.ts'
import { attacksOn, startTarget } from './target.ts'

const world = await startWorld(t)
const app = await startTarget(t, world, { POSTGRES_QUERY_TIMEOUT: '300ms', BREAKER_HALF_OPEN_AFTER: '200ms' })
const attack = attacksOn(t, app)

// The user that ops/redis gives to the server.
const acl = readFileSync(new URL('../../ops/redis/users.acl', import.meta.url), 'utf8')
const password = 'a-password-of-the-redis-user'
const command = acl
  .trim()
  .replace('PASSWORD', password)
  .replace(/^user /, 'ACL SETUSER ')
const redis = new Redis(world.redis.url)
t.teardown(() => redis.disconnect())
await redis.call('ACL', ...command.split(' ').slice(1))
const limited = new URL(app.env.REDIS_URL ?? '')
Object.assign(limited, { username: 'tokenforge_server', password, pathname: '/15' })
const confined = await startTarget(t, world, { REDIS_URL: limited.href })

attacksOn(t, confined)(
  'A32',
  'a Redis user with rights to the scripts alone is enough, and can take nothing else',
  async (t) => {
    const { access_token: token, refresh_token } = await newSession(confined)
    const headers = { authorization: `Bearer ${ADMIN_KEY}` }
    const body = { reason: 'a test', sessions: false }
    t.equal((await confined.call('POST', '/auth/refresh', { body: { refresh_token } })).status, 200)
    t.equal((await confined.call('GET', '/auth/sessions', { token })).status, 200)
    t.equal((await confined.call('POST', '/admin/keys/rotate', { headers })).status, 200)
    const preview = { ...body, sessions: true }
    const counted = await confined.call('POST', '/admin/keys/revoke-all?dry_run=true', { headers, body: preview })
    t.equal(counted.body.would_void.sessions, 1)
    t.equal((await confined.call('DELETE', '/auth/sessions', { token })).status, 204)
    const revoked = await confined.call('POST', '/admin/keys/revoke-all', { headers, body })
    t.strictSame(revoked.body.persisted.sort(), ['postgres', 'redis'])
    const thief = new Redis(limited.href)
    t.teardown(() => thief.disconnect())
    const commands = [['KEYS', '*'], ['FLUSHALL'], ['CONFIG', 'GET', '*'], ['MONITOR'], ['GET', 'other'], ['SAVE']]
    for (const command of [...commands, ['EVAL', 'return redis.call("FLUSHALL")', '0'], ['ACL', 'LIST']]) {
      const [name = '', ...args] = command
      await t.rejects(thief.call(name, ...args), /NOPERM|can't run this command/, command.join(' '))
    }
  },
)

attack('A32', 'sessions that Redis has evicted are gone, and their access tokens end with their time', async (t) => {
  const { access_token: token, refresh_token, userId } = await newSession(app)
  const client = new Redis(String(app.env.REDIS_URL))
  t.teardown(() => client.disconnect())
  const [key = ''] = await client.keys(`tokenforge:*${userId}*`)
  t.equal(await client.del(key), 1)
  const refused = await app.call('POST', '/auth/refresh', { body: { refresh_token } })
  isProblem(t, refused, { status: 401, code: 'invalid_refresh_token' })
  t.equal((await app.call('GET', '/auth/me', { token })).status, 200)
})

attack('A32', 'a replica that is behind takes over: who is ahead of it goes on, who has left stays out', async (t) => {
  const client = new Redis(String(app.env.REDIS_URL))
  t.teardown(() => client.disconnect())
  const [ahead, left] = [await newSession(app), await newSession(app)]
  const before = new Map<string, Buffer>()
  for (const { userId } of [ahead, left]) {
    for (const key of await client.keys(`tokenforge:*${userId}*`)) before.set(key, await client.dumpBuffer(key))
  }
  const next = (await app.call('POST', '/auth/refresh', { body: { refresh_token: ahead.refresh_token } })).body
  t.equal((await app.call('POST', '/auth/logout', { token: left.access_token })).status, 204)
  for (const [key, dump] of before) await client.restore(key, 60_000, dump, 'REPLACE')
  const refresh = (refresh_token: string) => app.call('POST', '/auth/refresh', { body: { refresh_token } })
  t.equal((await refresh(next.refresh_token)).status, 200, 'the owner is not logged out for a write that was lost')
  isProblem(t, await refresh(left.refresh_token), { status: 401, code: 'invalid_refresh_token' })
  isInvalidToken(t, await app.call('GET', '/auth/me', { token: left.access_token }), 'who has left')
})

attack('A38', 'SQL, Lua, globs and JSON paths in every text, cursors and ids that were made up', async (t) => {
  const { email, access_token: token } = await newSession(app)
  const texts = [
    "' OR '1'='1",
    "'; DROP TABLE users; --",
    '$1',
    '\\',
    '%',
    '*',
    '{}',
    "]]..redis.call('FLUSHALL')",
    '@',
    '\r\nFLUSHALL\r\n',
  ]
  for (const text of texts) {
    const login = await app.call('POST', '/auth/login', { body: { email: `${text}@example.com`, password: PASSWORD } })
    t.ok([400, 401].includes(login.status), `email ${JSON.stringify(text)}: ${login.status}`)
    const wrong = await app.call('POST', '/auth/login', { body: { email, password: `${text} and more` } })
    t.ok([401, 429].includes(wrong.status), `password ${JSON.stringify(text)}: ${wrong.status}`)
    const refresh = await app.call('POST', '/auth/refresh', { body: { refresh_token: text } })
    isProblem(t, refresh, { status: 401, code: 'invalid_refresh_token' }, JSON.stringify(text))
    const query = encodeURIComponent(text)
    const page = await app.call('GET', `/auth/revocations?since=${query}`)
    t.match(page, { status: 200, body: { reset: true } }, 'an unknown cursor gives the whole set')
    const session = await app.call('DELETE', `/auth/sessions/${query}`, { token })
    isProblem(t, session, { status: 400, code: 'invalid_request', field: 'id' }, JSON.stringify(text))
    const key = await app.call('POST', '/auth/register', {
      body: { email, password: PASSWORD },
      headers: { 'idempotency-key': encodeURIComponent(text) },
    })
    isProblem(t, key, { status: 409, code: 'email_taken' }, JSON.stringify(text))
  }
  for (const since of ['0-0', '-1', '9'.repeat(40), '99999999999999-0', 'a'.repeat(128), `${Date.now()}-0`]) {
    t.equal((await app.call('GET', `/auth/revocations?since=${since}`)).status, 200, since)
  }
  t.equal((await app.call('GET', '/auth/me', { token })).status, 200)
  t.ok((await app.sql('SELECT count(*)::int AS users FROM users'))[0]?.users)
})

attack(
  'A33',
  'a lock on the accounts that somebody holds: 20 logins are told within their time, and it heals',
  async (t) => {
    const { email, access_token: token, refresh_token } = await newSession(app)
    const login = () => app.call('POST', '/auth/login', { body: { email, password: PASSWORD } })
    const holder = new pg.Client({ connectionString: String(app.env.DATABASE_URL) })
    await holder.connect()
    t.teardown(() => holder.end())
    await holder.query('BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE')
    const answers = await Promise.all(Array.from({ length: 20 }, login))
    for (const answer of answers) {
      isProblem(t, answer, { status: 503, code: answer.body.code, dependency: answer.body.dependency })
      t.match(answer.headers.get('retry-after'), /^[1-9]\d*$/)
    }
    t.ok(answers.some(({ body }) => body.dependency === 'postgres'))
    t.equal((await app.call('GET', '/auth/me', { token })).status, 200)
    t.equal((await app.call('POST', '/auth/refresh', { body: { refresh_token } })).status, 200)
    await holder.query('ROLLBACK')
    for (;;) if ((await unlessShed(login)).status === 200) break
    const [idle] = await app.sql("SELECT count(*)::int FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'")
    t.strictSame(idle, { count: 0 }, 'no transaction is left open')
  },
  { outage: true },
)
