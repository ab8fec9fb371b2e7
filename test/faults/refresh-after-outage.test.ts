import t from 'tap'
import { keyOf } from '../../lib/store/sessions.ts'
import { STORE_KEY } from '../../lib/store/shared-keys.ts'
import { startApp, until } from '../fixtures/app.ts'
import { isProblem } from '../routes/expect.ts'
import { guardOf, redisCommand, sessionOn, settled, startWorld, whole } from './world.ts'

// The grace in which a refresh can be repeated is for clients who got no answer. While Redis is away nobody gets one.

/** The breaker stays open for longer than the grace. */
const GRACE = { REFRESH_GRACE: '1500ms', BREAKER_HALF_OPEN_AFTER: '2s' }

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

for (const { what, isLost } of [
  { what: 'the same, and the server is started again meanwhile', isLost: false },
  { what: 'the same, and Redis answers the new server late', isLost: true },
]) {
  t.test(what, async (t) => {
    const { redis, env } = await startWorld(t)
    const first = await startApp(t, env)
    await whole(first)
    const { userId, refresh_token, session_id } = await sessionOn(first)
    const lost = redis.network.loseReplyTo((request) => request.includes(session_id))
    t.equal((await first.call('POST', '/auth/refresh', { body: { refresh_token } })).status, 503)
    await lost
    await first.app.close()
    await letPass(redis.server.url, { userId, sessionId: session_id, ms: 3_600_000 })
    const firstLook = isLost ? redis.network.loseReplyTo((request) => request.includes(STORE_KEY)) : undefined

    const second = await startApp(t, env)
    await firstLook
    const again = await settled(() => second.call('POST', '/auth/refresh', { body: { refresh_token } }))
    t.equal(again.status, 200)
  })
}

/** Makes what Redis knows so much older: as if it had been away for that time. */
async function letPass(url: string, { userId, sessionId, ms }: { userId: string; sessionId: string; ms: number }) {
  const key = keyOf(userId)
  const [generation, usedAt, ...origin] = JSON.parse(String(await redisCommand(url, 'HGET', key, sessionId)))
  await redisCommand(url, 'HSET', key, sessionId, JSON.stringify([generation, usedAt - ms, ...origin]))
  const lookedAt = Number(await redisCommand(url, 'HGET', STORE_KEY, 'probed_at'))
  await redisCommand(url, 'HSET', STORE_KEY, 'probed_at', String(lookedAt - ms))
}
