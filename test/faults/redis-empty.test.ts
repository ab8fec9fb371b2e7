import t from 'tap'
import { PASSWORD, startApp, type TestApp, until } from '../fixtures/app.ts'
import { startServerProcess } from '../fixtures/server-process.ts'
import { redisCommand, sessionOn, startWorld, whole } from './world.ts'

// Redis came back without its data: the sessions are gone, which is said, counted and logged; no access token dies.

const { redis, env } = await startWorld(t, {}, { persistent: false })
const server = await startServerProcess(t, env)
const jwks = async (from: Pick<TestApp, 'call'> = server) => (await from.call('GET', '/.well-known/jwks.json')).body
const missing = async () => {
  const { body } = await server.call('GET', '/metrics')
  return Number(/^tokenforge_sessions_missing_total\{reason="lost"\} (\d+)$/m.exec(body)?.[1])
}
const losses = [
  {
    how: 'restarted without its data',
    lose: async () => {
      await redis.server.stop()
      await redis.server.start()
    },
  },
  { how: 'flushed', lose: () => redisCommand(redis.server.url, 'FLUSHALL') },
]

for (const { how, lose } of losses) {
  t.test(`Redis was ${how}`, async (t) => {
    const [session, left] = [await sessionOn(server), await sessionOn(server)]
    t.equal((await server.call('POST', '/auth/logout', { token: left.access_token })).status, 204)
    const [keys, counted] = [await jwks(), await missing()]
    const stored = () => redisCommand(redis.server.url, 'HGET', 'tokenforge:{shared}:ring', 'document')
    const ring = await stored()

    await lose()
    const me = await server.call('GET', '/auth/me', { token: session.access_token })
    t.equal(me.status, 200, 'an old access token, at once')
    await until(async () => (await stored()) === ring)
    t.comment(`whole again after ${await whole(server)} ms`)
    t.same(await jwks(), keys, 'the ring is the same, and Redis has it again')

    const refreshed = await server.call('POST', '/auth/refresh', { body: { refresh_token: session.refresh_token } })
    t.match(refreshed, { status: 401, body: { code: 'invalid_refresh_token' } })
    t.equal(await missing(), counted + 1, 'counted as lost')
    t.match(server.output(), /"session_id":"[^"]+"[^\n]*a session is gone because redis lost its data/)
    t.match(server.output(), /redis: came back without its data/)
    t.equal((await server.call('GET', '/auth/me', { token: session.access_token })).status, 200)
    const login = { body: { email: session.email, password: PASSWORD } }
    t.equal((await server.call('POST', '/auth/login', login)).status, 200)

    const newcomer = await startApp(t, env)
    await whole(newcomer)
    t.same(await jwks(newcomer), keys)
    t.equal((await newcomer.call('GET', '/auth/me', { token: session.access_token })).status, 200)
    const refused = await newcomer.call('GET', '/auth/me', { token: left.access_token })
    t.equal(refused.status, 401, 'who had logged out before stays so, also on an instance that starts now')
    await newcomer.app.close()
  })
}
