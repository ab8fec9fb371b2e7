import t from 'tap'
import { ADMIN_KEY } from '../../fixtures/app.ts'
import { isProblem, UTC_TIME } from '../expect.ts'
import { startWorld } from '../world.ts'

const world = await startWorld(t)
const { call } = await world.start(t)
const headers = { authorization: `Bearer ${ADMIN_KEY}` }
const MEMBERS = ['in_flight', 'last_error', 'next_probe_at', 'queued', 'refusals', 'state', 'window']

t.test('the admin key is no access token', async (t) => {
  const answer = await call('GET', '/auth/me', { headers })
  isProblem(t, answer, { status: 401, code: 'invalid_token' })
})

t.test('the guards are shown with what they have seen', async (t) => {
  const { status, headers: answered, body } = await call('GET', '/admin/dependencies', { headers })
  t.equal(status, 200)
  t.equal(answered.get('cache-control'), 'no-store')
  t.strictSame(Object.keys(body).sort(), ['postgres', 'redis', 'signing-keys'])
  for (const [name, guard] of Object.entries(body as Record<string, Record<string, unknown>>)) {
    t.strictSame(Object.keys(guard).sort(), MEMBERS, name)
    t.match(guard, { state: 'closed', next_probe_at: null, window: { failures: 0 } }, name)
    t.match(guard, { refusals: Number, in_flight: Number, queued: Number, window: { calls: Number } }, name)
    // At the start the key ring may have asked for Redis before it was there.
    t.match(String(guard.last_error), /^\w+$/, 'a word or null')
  }
})

t.test('a guard whose dependency is gone says why and when it will look again', async (t) => {
  const lost = await world.start(t, {
    BREAKER_HALF_OPEN_AFTER: '1h',
    BREAKER_MINIMUM_CALLS: '1',
    HEALTH_PROBE_INTERVAL: '50ms',
  })
  await world.redis.stop()
  const deadline = Date.now() + 10_000
  let redis = { state: '', next_probe_at: '', last_error: '', window: { failures: 0 } }
  while (redis.state !== 'open' && Date.now() < deadline) {
    redis = (await lost.call('GET', '/admin/dependencies', { headers })).body.redis
  }
  t.equal(redis.state, 'open')
  t.match(redis.next_probe_at, UTC_TIME)
  t.ok(Date.parse(redis.next_probe_at) > Date.now())
  t.match(redis.last_error, /^\w+$/, 'a word, no address')
  t.ok(redis.window.failures >= 0)
})
