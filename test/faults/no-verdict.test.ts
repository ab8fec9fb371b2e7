import t from 'tap'
import { startApp, until } from '../fixtures/app.ts'
import { redisCommand, sessionOn, startWorld, whole } from './world.ts'

t.test('a key that nobody can be asked about is neither good nor bad', async (t) => {
  const one = await startWorld(t)
  const stranger = await startApp(t, (await startWorld(t)).env)
  const server = await startApp(t, one.env)
  await Promise.all([whole(stranger), whole(server)])
  const { access_token: token } = await sessionOn(stranger)
  const verify = () => server.call('POST', '/auth/verify', { body: { token } })
  t.match(await verify(), { status: 401, body: { code: 'invalid_token' } }, 'the stores say that there is no such key')
  one.postgres.proxy.refuse()
  one.redis.proxy.refuse()
  one.postgres.proxy.resetAll()
  one.redis.proxy.resetAll()
  const away = { status: 503, body: { code: 'dependency_unavailable', dependency: 'signing-keys' } }
  t.match(await verify(), away, 'without them it is not known')
})

t.test('a Redis that has lost its data gets back what must still be refused', async (t) => {
  const { redis, env } = await startWorld(t)
  const server = await startApp(t, env)
  await whole(server)
  const session = await sessionOn(server)
  await server.call('POST', '/auth/logout', { token: session.access_token })
  await redisCommand(redis.server.url, 'FLUSHALL')
  await until(() => server.logs.some((line) => String(line.msg).includes('came back without its data')))
  await until(async () => (await redisCommand(redis.server.url, 'EXISTS', 'tokenforge:{shared}:ring')) === 1)
  const other = await startApp(t, env)
  await whole(other)
  const { body } = await other.call('GET', '/auth/revocations')
  t.ok(body.events.some((event: { session_id?: string }) => event.session_id === session.session_id))
  t.equal((await other.call('GET', '/auth/me', { token: session.access_token })).status, 401)
})
