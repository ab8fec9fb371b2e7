import t from 'tap'
import { sessionOn } from '../faults/world.ts'
import { PASSWORD, testEnvironment, until } from '../fixtures/app.ts'
import { startServers } from '../fixtures/servers.ts'
import { sharedDatabase } from '../fixtures/shared-postgres.ts'
import { startTcpProxy } from '../fixtures/tcp-proxy.ts'
import { type Instance, revokeAll, ringOf, rotate, startInstance, statusOf } from './instances.ts'

// Each of two instances has lost another store: what one writes the other can't read.

async function startApart(t: import('tap').Test) {
  const { redis } = await startServers(t, { redis: true })
  const url = await sharedDatabase(t)
  const env = testEnvironment({ postgres: url, redis: redis.url }, { LOG_LEVEL: 'warn', SIGNING_ALG: 'ES256' })
  const [toPostgres, toRedis] = [await startTcpProxy(t, url), await startTcpProxy(t, redis.url)]
  const [a, b] = await Promise.all([
    startInstance(t, { ...env, DATABASE_URL: toPostgres.url }),
    startInstance(t, { ...env, REDIS_URL: toRedis.url }),
  ])
  return { a, b, toPostgres, toRedis }
}

/** With logins, which need both: the health probes alone make too few calls to open a breaker soon. */
async function untilOpen(server: Instance, dependency: string): Promise<void> {
  const body = { email: 'nobody@example.com', password: PASSWORD }
  await until(async () => {
    const ready = await server.call('GET', '/health/ready')
    if (ready.body.dependencies[dependency].state === 'open') return true
    await Promise.all([1, 2, 3, 4].map(() => server.call('POST', '/auth/login', { body })))
    return false
  })
}

async function refreshOn(server: Instance, refresh_token: string) {
  const { status, body } = await server.call('POST', '/auth/refresh', { body: { refresh_token } })
  return { status, access: body.access_token as string, refresh: body.refresh_token as string }
}

t.test('a key that stands in Redis alone is no invented one for an instance without Redis', async (t) => {
  const { a, b, toPostgres, toRedis } = await startApart(t)
  const before = await sessionOn(a)
  toPostgres.blackHole()
  toRedis.blackHole()
  await Promise.all([untilOpen(a, 'postgres'), untilOpen(b, 'redis')])

  // The first rotation signs with the key that both know, the second with one that was made since.
  for (const _ of [1, 2]) t.equal((await rotate(a)).status, 200)
  const { status, access, refresh } = await refreshOn(a, before.refresh_token)
  t.equal(status, 200)
  t.equal(await statusOf(a, access), 200)
  t.match(
    await b.call('GET', '/auth/me', { token: access }),
    { status: 503, body: { code: 'dependency_unavailable', dependency: 'signing-keys' } },
    'nothing is proved without a word from Redis',
  )
  t.equal(await statusOf(b, before.access_token), 200, 'what it knows goes on')

  toRedis.pass()
  await until(async () => (await statusOf(b, access)) === 200)
  t.equal((await refreshOn(b, refresh)).status, 200)
})

t.test('an instance without Redis signs with no key that Redis does not hold', async (t) => {
  const { a, b, toPostgres, toRedis } = await startApart(t)
  const before = await sessionOn(b)
  toPostgres.blackHole()
  toRedis.blackHole()
  await Promise.all([untilOpen(a, 'postgres'), untilOpen(b, 'redis')])
  for (const _ of [1, 2]) t.equal((await rotate(b)).status, 200)

  toRedis.pass()
  let fresh = await refreshOn(b, before.refresh_token)
  await until(async () => {
    if (fresh.status !== 200) fresh = await refreshOn(b, before.refresh_token)
    return fresh.status === 200
  })
  t.equal(await statusOf(a, fresh.access), 200, 'its first token of the new key is good where Postgres is away')
})

t.test('what was withdrawn is refused without a word from anybody', async (t) => {
  const { a, b, toPostgres, toRedis } = await startApart(t)
  const { access_token: old } = await sessionOn(b)
  t.equal((await revokeAll(a)).status, 200)
  await until(async () => (await statusOf(b, old)) === 401)
  const { epoch } = await ringOf(b)
  toRedis.blackHole()
  toPostgres.blackHole()
  await untilOpen(b, 'redis')
  t.equal(await statusOf(b, old), 401)
  t.equal((await ringOf(b)).epoch, epoch)
})
