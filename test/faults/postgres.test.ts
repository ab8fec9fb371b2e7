import t from 'tap'
import { call, PASSWORD, until } from '../fixtures/app.ts'
import { startServerProcess } from '../fixtures/server-process.ts'
import { checkVerifying, faultsOf, guardOf, isUnavailable, sessionOn, startWorld, timed, whole } from './world.ts'

// Postgres is gone: nobody can register or log in, and everybody who is logged in stays so.

const { postgres, env } = await startWorld(t)
const server = await startServerProcess(t, env)
const { pid } = server

/** Less than this until the next trial is too little to look at an open breaker at rest. */
const REST_MS = 600

for (const { name, strike, heal } of faultsOf(postgres)) {
  t.test(`Postgres is ${name}`, async (t) => {
    t.teardown(heal)
    const [session, leaving] = [await sessionOn(server), await sessionOn(server)]
    let { refresh_token } = session
    const credentials = { email: session.email, password: PASSWORD }
    const login = () => timed(server.call('POST', '/auth/login', { body: credentials }))
    const register = () => timed(server.call('POST', '/auth/register', { body: { ...credentials, email: 'x@y.zz' } }))
    const refresh = async () => {
      const answer = await timed(server.call('POST', '/auth/refresh', { body: { refresh_token } }))
      if (answer.status === 200) refresh_token = answer.body.refresh_token
      return answer
    }
    await strike()

    await t.test('before the breaker has opened', async (t) => {
      const [loggedIn, registered, refreshed, loggedOut] = await Promise.all([
        login(),
        register(),
        refresh(),
        timed(server.call('POST', '/auth/logout', { token: leaving.access_token })),
        checkVerifying(t, server, session.access_token),
      ])
      isUnavailable(t, loggedIn, 'postgres', 'login')
      isUnavailable(t, registered, 'postgres', 'register')
      t.equal(refreshed.status, 200, 'refresh')
      t.equal(loggedOut.status, 204, 'logout')
      t.comment(`login ${Math.round(loggedIn.ms)} ms, register ${Math.round(registered.ms)} ms`)
      t.comment(`refresh ${Math.round(refreshed.ms)} ms, logout ${Math.round(loggedOut.ms)} ms`)
    })

    await t.test('while it is open', async (t) => {
      await until(async () => {
        const { state, leftMs } = await guardOf(server, 'postgres')
        if (state === 'closed') await Promise.all([login(), login(), login()])
        return state === 'open' && leftMs > REST_MS
      }, 15_000)
      const before = postgres.proxy.traffic
      const answers = await Promise.all(Array.from({ length: 10 }, () => [login(), register()]).flat())
      t.same(postgres.proxy.traffic, before, 'no connection and no byte to Postgres')
      for (const answer of answers) isUnavailable(t, answer, 'postgres', 'refused')
      t.comment(`slowest of ${answers.length} refusals: ${Math.round(Math.max(...answers.map((a) => a.ms)))} ms`)

      await checkVerifying(t, server, session.access_token)
      t.equal((await refresh()).status, 200, 'refresh')
      const { status, body } = await server.call('GET', '/health/ready')
      t.match(
        { status, body },
        { status: 200, body: { status: 'degraded', dependencies: { redis: { healthy: true } } } },
      )
      const capabilities = { register: 'unavailable', login: 'unavailable', refresh: 'ok', verify: 'ok', logout: 'ok' }
      t.same(body.capabilities, capabilities)
    })

    await t.test('after it has come back', async (t) => {
      await heal()
      const ms = await whole(server, 5000)
      t.comment(`whole again after ${ms} ms`)
      t.equal((await login()).status, 200, 'login')
      t.ok(await sessionOn(server), 'register')
      t.equal((await refresh()).status, 200, 'refresh')
      t.equal((await server.call('GET', '/auth/me', { token: leaving.access_token })).status, 401, 'the one who left')
    })
  })
}

t.test('the process has gone through all of it unharmed', async (t) => {
  t.equal(server.child.exitCode, null)
  t.equal(server.pid, pid)
  t.notMatch(server.output(), /"level":(50|60)|Uncaught|UnhandledPromise/)
  t.match(server.output(), /postgres: breaker is open/)
  t.equal((await call(server.url, 'GET', '/health/live')).status, 200)
})
