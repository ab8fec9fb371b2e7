import t from 'tap'
import { sessionOn } from '../faults/world.ts'
import { PASSWORD, testEnvironment, until } from '../fixtures/app.ts'
import { startServers } from '../fixtures/servers.ts'
import { sharedDatabase } from '../fixtures/shared-postgres.ts'
import { startTcpProxy } from '../fixtures/tcp-proxy.ts'
import { revokeAll, startInstance, statusOf } from './instances.ts'

// What one instance revokes, the others refuse within a second.

const BOUND_MS = 1000
const RUNS = 4

const { redis } = await startServers(t, { redis: true })
const url = await sharedDatabase(t)
const proxy = await startTcpProxy(t, redis.url)
const env = testEnvironment({ postgres: url, redis: redis.url }, { LOG_LEVEL: 'warn', SIGNING_ALG: 'ES256' })
// Only A reaches Redis through the proxy.
const [a, b] = await Promise.all([startInstance(t, { ...env, REDIS_URL: proxy.url }), startInstance(t, env)])

type Session = Awaited<ReturnType<typeof sessionOn>>
const ways: Record<string, (session: Session, others: Session) => Promise<{ status: number }>> = {
  'logout by access token': ({ access_token: token }) => a.call('POST', '/auth/logout', { token }),
  'logout by refresh token': ({ refresh_token }) => a.call('POST', '/auth/logout', { body: { refresh_token } }),
  'the end of one session': ({ session_id }, { access_token: token }) =>
    a.call('DELETE', `/auth/sessions/${session_id}`, { token }),
  'the end of all others': (_, { access_token: token }) =>
    a.call('DELETE', '/auth/sessions?keep_current=true', { token }),
  'a new password': (_, { access_token: token }) =>
    a.call('POST', '/auth/password', {
      token,
      body: { current_password: PASSWORD, new_password: `${PASSWORD} anew` },
    }),
  'Revoke All': () => revokeAll(a),
}

/** Another session of the same user. */
async function secondSession({ email }: Session): Promise<Session> {
  const { body } = await a.call('POST', '/auth/login', { body: { email, password: PASSWORD } })
  return { email, ...body }
}

for (const [name, revoke] of Object.entries(ways)) {
  t.test(`${name} reaches the other instance`, async (t) => {
    const times: number[] = []
    for (let run = 0; run < RUNS; run += 1) {
      const session = await sessionOn(a)
      const other = await secondSession(session)
      t.equal(await statusOf(b, session.access_token), 200)
      t.match((await revoke(session, other)).status, /^20[04]$/)
      const begin = performance.now()
      t.equal(await statusOf(a, session.access_token), 401, 'at once where it was done')
      await until(async () => (await statusOf(b, session.access_token)) === 401, 5000)
      times.push(Math.round(performance.now() - begin))
      if (name !== 'Revoke All') {
        const body = { refresh_token: session.refresh_token }
        t.equal((await b.call('POST', '/auth/refresh', { body })).status, 401, 'its refresh token too')
      }
    }
    const max = Math.max(...times)
    t.comment(`maximum of ${RUNS} runs: ${max} ms (${times.join(', ')})`)
    t.ok(max < BOUND_MS, `within ${max} ms`)
  })
}

t.test('a logout on an instance that is cut off from Redis reaches the other through Postgres', async (t) => {
  const session = await sessionOn(a)
  proxy.resetOnCall()
  t.teardown(() => proxy.pass())
  const begin = performance.now()
  t.equal((await a.call('POST', '/auth/logout', { token: session.access_token })).status, 204)
  t.equal(await statusOf(a, session.access_token), 401, 'at once where it was done')
  await until(async () => (await a.call('GET', '/health/ready')).body.status === 'degraded')
  await until(async () => (await statusOf(b, session.access_token)) === 401)
  t.comment(`after ${Math.round(performance.now() - begin)} ms`)
  const { refresh_token } = session
  t.equal((await b.call('POST', '/auth/refresh', { body: { refresh_token } })).status, 401)
})

t.test('an instance that is cut off from Redis learns on its return what it missed', async (t) => {
  const ready = async () => (await a.call('GET', '/health/ready')).body.status
  proxy.pass()
  await until(async () => (await ready()) === 'ok')
  const sessions = await Promise.all(Array.from({ length: 10 }, () => sessionOn(a)))
  proxy.blackHole()
  await until(async () => (await ready()) === 'degraded')
  for (const { access_token: token } of sessions) t.equal((await b.call('POST', '/auth/logout', { token })).status, 204)
  for (const { access_token } of sessions)
    t.equal(await statusOf(a, access_token), 200, 'it goes on with what it knows')
  proxy.pass()
  const begin = performance.now()
  await until(async () => (await ready()) === 'ok')
  t.comment(`whole again after ${Math.round(performance.now() - begin)} ms`)
  for (const { access_token } of sessions) t.equal(await statusOf(a, access_token), 401)
})
