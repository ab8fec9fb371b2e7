import t from 'tap'
import { sessionOn, settled } from '../faults/world.ts'
import { testEnvironment, until } from '../fixtures/app.ts'
import { startServers } from '../fixtures/servers.ts'
import { sharedDatabase } from '../fixtures/shared-postgres.ts'
import { startTcpProxy } from '../fixtures/tcp-proxy.ts'
import { revokeAll, ringOf, startInstance, statusOf } from './instances.ts'

// An instance that is cut off from both stores while another one voids every key.

t.test('an instance that is cut off gives no verdict on a key that it can not know', async (t) => {
  const { redis } = await startServers(t, { redis: true })
  const url = await sharedDatabase(t)
  const proxies = [await startTcpProxy(t, url), await startTcpProxy(t, redis.url)] as const
  const env = testEnvironment({ postgres: url, redis: redis.url }, { LOG_LEVEL: 'warn', SIGNING_ALG: 'ES256' })
  const urls = { DATABASE_URL: proxies[0].url, REDIS_URL: proxies[1].url }
  const [a, b] = await Promise.all([startInstance(t, env), startInstance(t, { ...env, ...urls })])
  const session = await sessionOn(b)
  const { refresh_token } = session

  for (const proxy of proxies) proxy.blackHole()
  await until(async () => (await b.call('GET', '/health/ready')).body.status === 'degraded')
  const revoked = await revokeAll(a)
  t.equal(revoked.status, 200)
  const { body } = await a.call('POST', '/auth/refresh', { body: { refresh_token } })
  const token: string = body.access_token
  t.equal(await statusOf(a, token), 200)
  t.equal(await statusOf(b, session.access_token), 200, 'it goes on with the ring it has')
  const answer = await b.call('GET', '/auth/me', { token })
  t.match(answer, { status: 503, body: { code: 'dependency_unavailable' } }, 'an unknown key, while it can not look')
  const logout = await b.call('POST', '/auth/logout', { token })
  t.equal(logout.status, 503)

  for (const proxy of proxies) proxy.pass()
  const begin = performance.now()
  const refreshed = await settled(() =>
    b.call('POST', '/auth/refresh', { body: { refresh_token: body.refresh_token } }),
  )
  t.comment(`signs again ${Math.round(performance.now() - begin)} ms after its return`)
  t.equal(refreshed.status, 200)
  t.equal(await statusOf(a, refreshed.body.access_token), 200, 'the first token that it signs is of the new key')
  t.equal((await ringOf(b)).epoch, revoked.body.epoch)
  t.equal(await statusOf(b, session.access_token), 401, 'and the old key is void here, too')
  t.equal(await statusOf(b, token), 200)
})
