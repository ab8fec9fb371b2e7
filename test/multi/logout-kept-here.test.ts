import t from 'tap'
import { sessionOn } from '../faults/world.ts'
import { testEnvironment, until } from '../fixtures/app.ts'
import { startServers } from '../fixtures/servers.ts'
import { startTcpProxy } from '../fixtures/tcp-proxy.ts'
import { startInstance, statusOf } from './instances.ts'

// A logout without Redis is kept in Postgres. Should Postgres go as well before the others have looked, the instance that
// took the logout still knows, and tells Redis as soon as that is back.

const { postgres, redis } = await startServers(t, { postgres: true, redis: true })
const toPostgres = await startTcpProxy(t, postgres.url)
const env = testEnvironment({ postgres: postgres.url, redis: redis.url }, { LOG_LEVEL: 'warn' })
// The other one does not see Postgres from the moment at which the logout is kept there.
const [here, there] = await Promise.all([
  startInstance(t, env),
  startInstance(t, { ...env, DATABASE_URL: toPostgres.url }),
])

t.test('a logout that Postgres alone has is told to Redis by the instance that took it', async (t) => {
  const { access_token: token, refresh_token } = await sessionOn(here)
  t.equal(await statusOf(there, token), 200)
  await redis.stop()
  toPostgres.blackHole()
  t.equal((await here.call('POST', '/auth/logout', { token })).status, 204)
  await postgres.stop()
  await redis.start()
  await until(async () => (await statusOf(there, token)) === 401, 15_000)
  const refreshed = await there.call('POST', '/auth/refresh', { body: { refresh_token } })
  t.equal(refreshed.status, 401, 'its refresh token too')
})
