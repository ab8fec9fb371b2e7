import t from 'tap'
import { startApp, until } from '../fixtures/app.ts'
import { guardOf, isUnavailable, sessionOn, startWorld, timed, whole } from './world.ts'

// While a breaker is open a refusal costs nothing: no look at the dependency, and so no wait for one.

t.test('refreshes that are refused by the open breaker do not make the server look at Redis', async (t) => {
  const { redis, env } = await startWorld(t, { LOG_LEVEL: 'debug', BREAKER_HALF_OPEN_AFTER: '1h' })
  const server = await startApp(t, env)
  await whole(server)
  const { refresh_token } = await sessionOn(server)
  await redis.server.stop()
  await until(async () => (await guardOf(server, 'redis')).state === 'open')
  const looks = () => server.logs.filter(({ msg }) => msg === 'redis: look failed').length
  const before = looks()
  for (let i = 0; i < 20; i += 1) {
    const answer = await timed(server.call('POST', '/auth/refresh', { body: { refresh_token } }))
    isUnavailable(t, answer, 'redis', `refresh ${i + 1}`)
  }
  t.equal(looks(), before)
})
