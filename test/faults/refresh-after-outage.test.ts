import t from 'tap'
import { startApp, until } from '../fixtures/app.ts'
import { isProblem } from '../routes/expect.ts'
import { guardOf, sessionOn, settled, startWorld, whole } from './world.ts'

// The grace in which a refresh can be repeated is for clients who got no answer. While Redis is away nobody gets one.

const GRACE = { REFRESH_GRACE: '300ms', BREAKER_HALF_OPEN_AFTER: '2s' }

t.test('an answer is lost, and the outage that follows lasts longer than the grace', async (t) => {
  const { redis, env } = await startWorld(t, GRACE)
  const server = await startApp(t, env)
  await whole(server)
  const { refresh_token, session_id } = await sessionOn(server)
  const refresh = (token = refresh_token) => server.call('POST', '/auth/refresh', { body: { refresh_token: token } })

  const lost = redis.network.loseReplyTo((request) => request.includes(session_id))
  t.equal((await refresh()).status, 503, 'the session goes on in Redis, and its client can not know')
  await lost
  await redis.server.stop()
  await until(async () => (await guardOf(server, 'redis')).state === 'open')
  t.equal((await refresh()).status, 503)
  await redis.server.start()

  const again = await settled(() => refresh())
  t.equal(again.status, 200, 'the client comes again with the token that it has')
  const next = await refresh(again.body.refresh_token)
  t.equal(next.status, 200, 'and goes on')
  isProblem(t, await refresh(), { status: 401, code: 'refresh_token_reused' })
})

t.test('the same, and the server is started again meanwhile', async (t) => {
  const { redis, env } = await startWorld(t, GRACE)
  const first = await startApp(t, env)
  await whole(first)
  const { refresh_token, session_id } = await sessionOn(first)
  const lost = redis.network.loseReplyTo((request) => request.includes(session_id))
  t.equal((await first.call('POST', '/auth/refresh', { body: { refresh_token } })).status, 503)
  await lost
  await redis.server.stop()
  await until(async () => (await guardOf(first, 'redis')).state === 'open')
  await first.app.close()
  await redis.server.start()

  const second = await startApp(t, env)
  const again = await settled(() => second.call('POST', '/auth/refresh', { body: { refresh_token } }))
  t.equal(again.status, 200)
})
