import t from 'tap'
import { PASSWORD, startApp } from '../fixtures/app.ts'
import { guardOf, isUnavailable, sessionOn, startWorld, timed, whole } from './world.ts'

// The breaker with its default numbers, seen from outside: 10 s, more than half of at least 5 calls, 30 s, one trial.

const HALF_OPEN_AFTER_MS = 30_000
const WINDOW_MS = 10_000

// No probes during the test, and a clock that the test moves: each call to Postgres is one of a registration.
const { postgres, env } = await startWorld(t, { HEALTH_PROBE_INTERVAL: '1h', BREAKER_HALF_OPEN_AFTER: '' })
let ahead = 0
const clock = { now: () => Date.now() + ahead, monotonic: () => performance.now() + ahead }
const server = await startApp(t, env, { clock })
await whole(server)
await sessionOn(server)
// What it writes in the background would be calls to Postgres as well.
await server.app.auditLog.drain()
t.intercept(server.app.auditLog, 'add', { value: () => {} })
const { proxy } = postgres
let users = 0
const register = () => {
  users += 1
  const body = { email: `user${users}@example.com`, password: PASSWORD }
  return timed(server.call('POST', '/auth/register', { body }))
}
const state = async () => (await guardOf(server, 'postgres')).state
/** How many calls reached the network in front of Postgres while `work` was done. */
async function callsOf<T>(work: () => Promise<T>): Promise<{ result: T; calls: number }> {
  const before = proxy.traffic.requests
  const result = await work()
  return { result, calls: proxy.traffic.requests - before }
}

t.beforeEach(() => {
  ahead += WINDOW_MS + 1
  proxy.pass()
})

t.test('half of the calls failing is not enough, one more is', async (t) => {
  for (let i = 0; i < 5; i += 1) t.equal((await register()).status, 201)
  proxy.resetOnCall()
  for (let i = 0; i < 5; i += 1) isUnavailable(t, await register(), 'postgres', `failure ${i + 1} of 10 calls`)
  t.equal(await state(), 'closed')
  isUnavailable(t, await register(), 'postgres', 'failure 6 of 11 calls')
  t.equal(await state(), 'open')
})

t.test('open: no call for 30 s, then exactly one, and a failure opens it again', async (t) => {
  proxy.resetOnCall()
  ahead += HALF_OPEN_AFTER_MS
  const first = await callsOf(() => Promise.all(Array.from({ length: 20 }, register)))
  t.equal(first.calls, 1, 'one trial')
  for (const answer of first.result) isUnavailable(t, answer, 'postgres', 'during the trial')
  t.equal(await state(), 'open')
  ahead += HALF_OPEN_AFTER_MS - 2000
  const refused = await callsOf(() => Promise.all(Array.from({ length: 20 }, register)))
  t.equal(refused.calls, 0, 'none 28 s later')
  t.comment(`slowest of 20 refusals: ${Math.round(Math.max(...refused.result.map(({ ms }) => ms)))} ms`)
})

t.test('one trial that goes well closes it for everybody', async (t) => {
  t.equal(await state(), 'open')
  ahead += HALF_OPEN_AFTER_MS
  proxy.delay(20)
  const trial = await callsOf(() => Promise.all(Array.from({ length: 5 }, register)))
  const statuses = trial.result.map(({ status }) => status).sort()
  t.same(statuses, [201, 503, 503, 503, 503])
  t.equal(await state(), 'closed')
  t.equal((await register()).status, 201)
})

t.test('4 failures are too few, and those of 10 s ago do not count', async (t) => {
  proxy.resetOnCall()
  for (let i = 0; i < 4; i += 1) isUnavailable(t, await register(), 'postgres', 'failure')
  ahead += WINDOW_MS + 1
  for (let i = 0; i < 4; i += 1) isUnavailable(t, await register(), 'postgres', 'failure')
  t.equal(await state(), 'closed')
  const fifth = await callsOf(register)
  t.equal(fifth.calls, 1, 'the fifth is still tried')
  t.equal(await state(), 'open')
  const refused = await callsOf(register)
  t.equal(refused.calls, 0)
  const seconds = Number(refused.result.headers.get('retry-after'))
  t.ok(seconds >= 29, `Retry-After ${seconds}`)
})
