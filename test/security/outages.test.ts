import t from 'tap'
import { newSession, PASSWORD, until } from '../fixtures/app.ts'
import { isInvalidToken, isProblem } from '../routes/expect.ts'
import { startOwnWorld } from '../routes/world.ts'
import { attacksOn, startTarget } from './target.ts'

// Who takes a store away must gain nothing by it: neither a yes, nor guesses without limit, nor a lost revocation.
const world = await startOwnWorld(t)
const app = await startTarget(t, world, { ACCOUNT_RATE_LIMIT: '3/1h', BREAKER_HALF_OPEN_AFTER: '200ms' })
const attack = attacksOn(t, app)
const { call } = app
const statusIs = (status: string) => until(async () => (await call('GET', '/health/ready')).body.status === status)

const victim = await newSession(app)
const leaving = await newSession(app)
const ended = await newSession(app)
const login = (password: string) => call('POST', '/auth/login', { body: { email: victim.email, password } })
const refresh = ({ refresh_token }: typeof victim) => call('POST', '/auth/refresh', { body: { refresh_token } })

attack(
  'A22',
  'with Redis gone: 20 guesses and the right password, refreshes, an ended session, a forged token',
  async (t) => {
    await call('POST', '/auth/logout', { token: ended.access_token })
    await world.redis.stop()
    await statusIs('degraded')
    const away = { status: 503, code: 'dependency_unavailable', dependency: 'redis' } as const
    const guesses = Array.from({ length: 20 }, (_, i) => `a guess of many, number ${i}`)
    for (const password of [...guesses, PASSWORD]) {
      const answer = await login(password)
      isProblem(t, answer, away)
      t.match(answer.headers.get('retry-after'), /^[1-9]\d*$/)
    }
    isProblem(t, await refresh(victim), away)
    isProblem(t, await call('GET', '/auth/sessions', { token: victim.access_token }), away)
    t.equal((await call('GET', '/auth/me', { token: victim.access_token })).status, 200)
    isInvalidToken(t, await call('GET', '/auth/me', { token: ended.access_token }), 'of an ended session')
    const forged = `${victim.access_token.slice(0, -8)}AAAAAAAA`
    isInvalidToken(t, await call('GET', '/auth/me', { token: forged }), 'a forged one')
  },
  { outage: true },
)

attack(
  'A21',
  'a logout with Redis gone is kept by Postgres; with both gone it is a 503 and no logout',
  async (t) => {
    const logout = await call('POST', '/auth/logout', { token: leaving.access_token })
    t.equal(logout.status, 204)
    isInvalidToken(t, await call('GET', '/auth/me', { token: leaving.access_token }), 'refused at once')
    await world.postgres.stop()
    await until(async () => (await call('GET', '/health/ready')).body.capabilities.logout === 'unavailable')
    for (const how of [{ token: victim.access_token }, { body: { refresh_token: victim.refresh_token } }]) {
      const answer = await call('POST', '/auth/logout', how)
      isProblem(t, answer, { status: 503, code: 'dependency_unavailable', dependency: answer.body.dependency })
      t.match(answer.headers.get('retry-after'), /^[1-9]\d*$/)
    }
    t.equal((await call('GET', '/auth/me', { token: victim.access_token })).status, 200, 'nobody was told otherwise')
    await Promise.all([world.redis.start(), world.postgres.start()])
    await statusIs('ok')
    isProblem(t, await refresh(leaving), { status: 401, code: 'invalid_refresh_token' }, 'who left has left')
    t.equal((await refresh(victim)).status, 200, 'who did not has not')
    t.equal((await login(PASSWORD)).status, 200, 'and no guess has counted')
  },
  { outage: true },
)
