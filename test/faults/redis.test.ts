import t from 'tap'
import { PASSWORD, until } from '../fixtures/app.ts'
import { startServerProcess } from '../fixtures/server-process.ts'
import {
  checkVerifying,
  faultsOf,
  guardOf,
  isUnavailable,
  redisFaults,
  sessionOn,
  startWorld,
  timed,
  whole,
} from './world.ts'

// Redis is gone: nobody can log in or refresh, accounts can be made, sessions can be ended, tokens go on being verified,
// and no session is lost by it.

const { redis, env } = await startWorld(t)
const server = await startServerProcess(t, env)
let users = 0

for (const { name, strike, heal } of [...faultsOf(redis), ...redisFaults(redis)]) {
  t.test(`Redis is ${name}`, async (t) => {
    t.teardown(heal)
    const [session, leaving] = [await sessionOn(server), await sessionOn(server)]
    const credentials = { email: session.email, password: PASSWORD }
    const logIn = () => timed(server.call('POST', '/auth/login', { body: credentials }))
    const refresh = ({ refresh_token } = session) =>
      timed(server.call('POST', '/auth/refresh', { body: { refresh_token } }))
    const register = () => {
      users += 1
      return timed(
        server.call('POST', '/auth/register', { body: { ...credentials, email: `new${users}@example.com` } }),
      )
    }
    await strike()

    await t.test('before the breaker has opened', async (t) => {
      const [loggedIn, refreshed, registered, loggedOut] = await Promise.all([
        logIn(),
        refresh(),
        register(),
        timed(server.call('POST', '/auth/logout', { body: { refresh_token: leaving.refresh_token } })),
        checkVerifying(t, server, session.access_token),
      ])
      isUnavailable(t, loggedIn, 'redis', 'login')
      isUnavailable(t, refreshed, 'redis', 'refresh')
      t.equal(registered.status, 201, 'register')
      t.equal(loggedOut.status, 204, 'logout')
      t.equal((await server.call('GET', '/auth/me', { token: leaving.access_token })).status, 401, 'refused at once')
      t.comment(`login ${Math.round(loggedIn.ms)} ms, refresh ${Math.round(refreshed.ms)} ms`)
      t.comment(`register ${Math.round(registered.ms)} ms, logout ${Math.round(loggedOut.ms)} ms`)
    })

    await t.test('while it is open', async (t) => {
      await until(async () => {
        const { state } = await guardOf(server, 'redis')
        // The probes of the last 10 s went well: it takes as many failures to open.
        if (state === 'closed') await Promise.all(Array.from({ length: 10 }, () => refresh()))
        return state === 'open'
      })
      const answers = await Promise.all(Array.from({ length: 10 }, () => [logIn(), refresh()]).flat())
      for (const answer of answers) isUnavailable(t, answer, 'redis', 'refused')
      t.comment(`slowest of ${answers.length} refusals: ${Math.round(Math.max(...answers.map((a) => a.ms)))} ms`)
      t.equal((await register()).status, 201, 'register')
      await checkVerifying(t, server, session.access_token)
      const { body } = await server.call('GET', '/health/ready')
      const capabilities = { register: 'ok', login: 'unavailable', refresh: 'unavailable', verify: 'ok', logout: 'ok' }
      t.match(body, { status: 'degraded', capabilities, dependencies: { postgres: { healthy: true } } })
    })

    await t.test('after it has come back', async (t) => {
      await heal()
      t.comment(`whole again after ${await whole(server, 5000)} ms`)
      t.equal((await logIn()).status, 200, 'login')
      t.equal((await refresh()).status, 200, 'the session of before goes on with the same refresh token')
      t.match(await refresh(leaving), { status: 401, body: { code: 'invalid_refresh_token' } }, 'the one who left')
    })
  })
}

t.test('the process has gone through all of it unharmed', async (t) => {
  t.equal(server.child.exitCode, null)
  t.notMatch(server.output(), /"level":(50|60)|Uncaught|UnhandledPromise/)
  t.match(server.output(), /redis: breaker is open/)
})
