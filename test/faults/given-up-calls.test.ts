import t from 'tap'
import { PASSWORD, startApp } from '../fixtures/app.ts'
import { isUnavailable, redisCommand, sessionOn, settled, startWorld, timed, whole } from './world.ts'

// A call that was given up must not take effect later, and one whose answer was lost is safe to repeat.

t.test('a refresh that a frozen Redis still had in its socket does not happen after the thaw', async (t) => {
  // Any retry comes later than this grace: had the refresh happened, the retry would be reuse and end the session.
  const { redis, env } = await startWorld(t, { REFRESH_GRACE: '1ms' })
  const server = await startApp(t, env)
  await whole(server)
  const session = await sessionOn(server)
  const refresh = (refresh_token: string) => timed(server.call('POST', '/auth/refresh', { body: { refresh_token } }))
  const { body: first } = await refresh(session.refresh_token)

  const before = redis.proxy.traffic
  await redis.server.freeze()
  const answers = await Promise.all(Array.from({ length: 5 }, () => refresh(first.refresh_token)))
  for (const answer of answers) isUnavailable(t, answer, 'redis', 'refresh')
  t.ok(redis.proxy.traffic.requests > before.requests, 'the calls did leave for Redis')
  await redis.server.thaw()
  t.comment(`whole again after ${await whole(server)} ms`)
  t.match(await redisCommand(redis.server.url, 'INFO', 'errorstats'), /errorstat_LATE/, 'Redis found them, too late')

  const retried = await refresh(first.refresh_token)
  t.equal(retried.status, 200, 'the client comes again and gets its successor')
  t.equal((await refresh(retried.body.refresh_token)).status, 200, 'and the session goes on')
})

t.test('answers that were lost', async (t) => {
  const { postgres, redis, env } = await startWorld(t)
  const server = await startApp(t, env)
  await whole(server)
  const session = await sessionOn(server)
  const refresh = (refresh_token: string) => timed(server.call('POST', '/auth/refresh', { body: { refresh_token } }))
  /** How often the session was refreshed, as Redis knows it. */
  const generation = async () => {
    const record = await redisCommand(
      redis.server.url,
      'HGET',
      `tokenforge:sessions:{${session.userId}}`,
      session.session_id,
    )
    return JSON.parse(String(record))[0] as number
  }

  await t.test('to a refresh: the retry gets the same successor', async (t) => {
    // The scripts are known to Redis from here on: each refresh is one call.
    const { body: first } = await refresh(session.refresh_token)
    const before = await generation()
    const lost = redis.proxy.loseReplyTo((request) => request.includes(session.session_id))
    isUnavailable(t, await refresh(first.refresh_token), 'redis', 'refresh')
    await lost
    t.equal(await generation(), before + 1, 'Redis has done it')
    const retried = await settled(() => refresh(first.refresh_token))
    t.equal(retried.status, 200)
    t.equal(await generation(), before + 1, 'and does not do it again')
    t.equal((await refresh(first.refresh_token)).body.refresh_token, retried.body.refresh_token)
    t.equal((await refresh(retried.body.refresh_token)).status, 200, 'the session works afterwards')
  })

  await t.test('to a logout: the retry says so', async (t) => {
    const { access_token: token, session_id } = await sessionOn(server)
    const lost = redis.proxy.loseReplyTo((request) => request.includes(session_id))
    t.equal((await server.call('POST', '/auth/logout', { token })).status, 204, 'Postgres keeps it')
    await lost
    await whole(server)
    t.equal((await server.call('POST', '/auth/logout', { token })).status, 204)
    t.equal((await server.call('GET', '/auth/me', { token })).status, 401)
  })

  await t.test('to a registration: the account is there, and the password opens it', async (t) => {
    const credentials = { email: 'lost@example.com', password: PASSWORD }
    const lost = postgres.proxy.loseReplyTo((request) => request.includes(credentials.email))
    const headers = { 'idempotency-key': 'the-same-registration' }
    const register = () => server.call('POST', '/auth/register', { body: credentials, headers })
    isUnavailable(t, await timed(register()), 'postgres', 'register')
    await lost
    await whole(server)
    const again = await settled(register)
    t.equal(again.status, 201, 'the same request again is the same registration')
    const login = await settled(() => server.call('POST', '/auth/login', { body: credentials }))
    t.equal(login.status, 200)
  })
})
