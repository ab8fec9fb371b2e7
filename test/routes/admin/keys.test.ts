import { decodeProtectedHeader } from 'jose'
import t from 'tap'
import { ADMIN_KEY, newSession, type TestApp } from '../../fixtures/app.ts'
import { isProblem, JSON_TYPE, UTC_TIME } from '../expect.ts'
import { startWorld } from '../world.ts'

interface Key {
  kid: string
  alg: string
  state: string
  created_at: string
  activated_at: string | null
  retired_at: string | null
}

const world = await startWorld(t)
const app = await world.start(t, { SIGNING_ALG: 'RS256' })
const headers = { authorization: `Bearer ${ADMIN_KEY}` }
const ringOf = async ({ call }: Pick<TestApp, 'call'>) => (await call('GET', '/admin/keys', { headers })).body
const kidsOf = async ({ call }: Pick<TestApp, 'call'>) =>
  (await call('GET', '/.well-known/jwks.json')).body.keys.map(({ kid }: { kid: string }) => kid).sort()
const inState = (ring: { keys: Key[] }, state: string) =>
  ring.keys.filter((key) => key.state === state).map(({ kid }) => kid)

t.test('the ring is shown without a private member', async (t) => {
  const { status, headers: answered, body } = await app.call('GET', '/admin/keys', { headers })
  t.equal(status, 200)
  t.match(answered.get('content-type'), JSON_TYPE)
  t.equal(answered.get('cache-control'), 'no-store')
  t.strictSame(Object.keys(body).sort(), ['epoch', 'keys', 'session_epoch', 'version'])
  t.strictSame([body.epoch, body.session_epoch], [1, 1])
  t.ok(Number.isInteger(body.version) && body.version >= 1)
  t.strictSame(body.keys.map(({ state }: Key) => state).sort(), ['active', 'next'])
  for (const key of body.keys as Key[]) {
    t.strictSame(Object.keys(key).sort(), ['activated_at', 'alg', 'created_at', 'kid', 'retired_at', 'state'])
    t.match(key.kid, /^[A-Za-z0-9_-]{43}$/, 'an RFC 7638 thumbprint')
    t.equal(key.alg, 'RS256')
    t.match(key.created_at, UTC_TIME)
    t.equal(key.retired_at, null)
    if (key.state === 'active') t.match(key.activated_at, UTC_TIME)
    else t.equal(key.activated_at, null)
  }
})

t.test('a rotation signs with the published next key, and old tokens stay valid', async (t) => {
  const before = await ringOf(app)
  const { access_token: old, refresh_token } = await newSession(app)
  const { status, body: after } = await app.call('POST', '/admin/keys/rotate', { headers })
  t.equal(status, 200)
  t.strictSame(after, await ringOf(app), 'the answer is the ring')
  t.strictSame(inState(after, 'active'), inState(before, 'next'))
  t.strictSame(inState(after, 'retired'), inState(before, 'active'))
  t.equal(inState(after, 'next').length, 1)
  t.strictSame([after.epoch, after.session_epoch], [1, 1])
  t.ok(after.version > before.version)
  t.match(after.keys.find(({ state }: Key) => state === 'retired').retired_at, UTC_TIME)
  t.strictSame(await kidsOf(app), after.keys.map(({ kid }: Key) => kid).sort())

  const { body: next } = await app.call('POST', '/auth/refresh', { body: { refresh_token } })
  t.equal(decodeProtectedHeader(next.access_token).kid, inState(after, 'active')[0])
  t.equal(decodeProtectedHeader(old).kid, inState(after, 'retired')[0])
  for (const token of [old, next.access_token]) t.equal((await app.call('GET', '/auth/me', { token })).status, 200)
  await app.call('POST', '/admin/keys/rotate', { headers })
  t.equal((await app.call('GET', '/auth/me', { token: old })).status, 200, 'also after the next rotation')
})

t.test('a rotation needs no body, and takes none that says something', async (t) => {
  t.equal((await app.call('POST', '/admin/keys/rotate', { headers, body: '' })).status, 200)
  const unknown = await app.call('POST', '/admin/keys/rotate', { headers, body: { keys: 3 } })
  isProblem(t, unknown, { status: 400, code: 'invalid_request', field: 'keys' })
})
