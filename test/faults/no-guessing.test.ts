import t from 'tap'
import { PASSWORD, startApp, until } from '../fixtures/app.ts'
import { faultsOf, isUnavailable, redisFaults, sessionOn, settled, startWorld, timed, whole } from './world.ts'

// Without Redis nobody may guess passwords without limit: a login is refused before a password is looked at.

// Without probes of its own during the test: each byte to Postgres belongs to a login.
const { postgres, redis, env } = await startWorld(t, {
  HEALTH_PROBE_INTERVAL: '1h',
  ACCOUNT_RATE_LIMIT: '3/15m',
  BREAKER_HALF_OPEN_AFTER: '300ms',
})
const server = await startApp(t, env)
await whole(server)
const { email } = await sessionOn(server)
/** What the audit log has to write is written, so that the rest belongs to logins. */
const written = () => until(() => server.app.auditLog.drain().then(() => server.app.auditLog.backlog === 0))
const logIn = (password: string) => timed(server.call('POST', '/auth/login', { body: { email, password } }))

t.test('a login with Redis asks Postgres once, which is where a password check begins', async (t) => {
  await written()
  const before = postgres.proxy.traffic.requests
  t.equal((await logIn(PASSWORD)).status, 200)
  t.equal(postgres.proxy.traffic.requests - before, 1)
})

for (const { name, strike, heal } of [...faultsOf(redis), ...redisFaults(redis)]) {
  t.test(`Redis is ${name}`, async (t) => {
    t.teardown(heal)
    await written()
    await strike()
    const before = postgres.proxy.traffic
    const attempts = Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? PASSWORD : `a guess, number ${i}`))
    const answers = await Promise.all(attempts.map(logIn))
    for (const answer of answers) isUnavailable(t, answer, 'redis', 'login')
    t.same(postgres.proxy.traffic, before, 'no password was checked: Postgres was not asked')
    t.equal(server.app.hashing.admitted, 0, 'nobody keeps a place in the hashing queue')
    t.comment(`slowest of ${answers.length}: ${Math.round(Math.max(...answers.map((a) => a.ms)))} ms`)
    await heal()
    t.comment(`whole again after ${await whole(server, 5000)} ms`)
    const after = await settled(() => logIn(PASSWORD))
    t.equal(after.status, 200, 'the attempts did not count against the account')
  })
}
