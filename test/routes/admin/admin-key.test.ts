import t from 'tap'
import { newId } from '../../../lib/auth/ids.ts'
import { ADMIN_KEY, newSession } from '../../fixtures/app.ts'
import { isProblem, UTC_TIME } from '../expect.ts'
import { startWorld } from '../world.ts'

const world = await startWorld(t)
const { call } = await world.start(t)
const headers = { authorization: `Bearer ${ADMIN_KEY}` }
const MEMBERS = ['in_flight', 'last_error', 'next_probe_at', 'queued', 'refusals', 'state', 'window']
const USER_ID = newId(0)
const ROUTES = [
  ['GET', '/admin/keys'],
  ['POST', '/admin/keys/rotate'],
  ['POST', '/admin/keys/revoke-all'],
  ['GET', '/admin/dependencies'],
  ['GET', '/admin/users?email=kim@example.com'],
  ['GET', `/admin/users/${USER_ID}`],
  ['POST', `/admin/users/${USER_ID}/disable`],
  ['POST', `/admin/users/${USER_ID}/enable`],
  ['POST', `/admin/users/${USER_ID}/revoke-sessions`],
  ['PUT', `/admin/users/${USER_ID}/roles`],
  ['GET', '/admin/audit-events'],
] as const

t.test('without the admin key an admin route does nothing', async (t) => {
  const { access_token } = await newSession({ call })
  const before = (await call('GET', '/admin/keys', { headers })).body
  const credentials: Record<string, string | undefined> = {
    none: undefined,
    'an access token': `Bearer ${access_token}`,
    'another key': `Bearer ${'x'.repeat(ADMIN_KEY.length)}`,
    'a part of the key': `Bearer ${ADMIN_KEY.slice(0, -1)}`,
    'more than the key': `Bearer ${ADMIN_KEY}x`,
    'the key in capitals': `Bearer ${ADMIN_KEY.toUpperCase()}`,
    'the key without a scheme': ADMIN_KEY,
    'the key as Basic': `Basic ${Buffer.from(`admin:${ADMIN_KEY}`).toString('base64')}`,
    'an empty key': 'Bearer ',
  }
  for (const [name, authorization] of Object.entries(credentials)) {
    for (const [method, path] of ROUTES) {
      const body = path.endsWith('revoke-all') ? { body: { reason: 'an attack' } } : {}
      const answer = await call(method, path, { ...(authorization && { headers: { authorization } }), ...body })
      isProblem(t, answer, { status: 401, code: 'admin_required' }, `${name}: ${method} ${path}`)
      t.match(answer.headers.get('www-authenticate'), /^Bearer/)
    }
  }
  isProblem(
    t,
    await call('GET', `/admin/keys?key=${ADMIN_KEY}`),
    { status: 401, code: 'admin_required' },
    'in the query',
  )
  t.strictSame((await call('GET', '/admin/keys', { headers })).body, before)
})

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
