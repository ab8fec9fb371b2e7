import { decodeProtectedHeader } from 'jose'
import t from 'tap'
import { ADMIN_KEY, newSession, type TestApp, until } from '../../fixtures/app.ts'
import { isInvalidToken, isProblem } from '../expect.ts'
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
const app = await world.start(t)
const headers = { authorization: `Bearer ${ADMIN_KEY}` }
const ringOf = async ({ call }: Pick<TestApp, 'call'>) => (await call('GET', '/admin/keys', { headers })).body
const kidsOf = async ({ call }: Pick<TestApp, 'call'>) =>
  (await call('GET', '/.well-known/jwks.json')).body.keys.map(({ kid }: { kid: string }) => kid).sort()
const inState = (ring: { keys: Key[] }, state: string) =>
  ring.keys.filter((key) => key.state === state).map(({ kid }) => kid)

t.test('a dry run tells what would be void, and voids nothing', async (t) => {
  const { access_token: token, refresh_token } = await newSession(app)
  const before = await ringOf(app)
  for (const sessions of [false, true]) {
    const body = { reason: 'an exercise', sessions }
    const answer = await until(async () => {
      const answer = await app.call('POST', '/admin/keys/revoke-all?dry_run=true', { headers, body })
      return answer.body.would_void?.access_tokens_at_most === 1 ? answer : null
    })
    t.equal(answer.status, 200)
    t.strictSame(answer.body, {
      dry_run: true,
      epoch: before.epoch,
      would_void: { keys: 2, access_tokens_at_most: 1, sessions: sessions ? 1 : 0 },
    })
  }
  t.strictSame(await ringOf(app), before)
  t.equal((await app.call('GET', '/auth/me', { token })).status, 200)
  t.equal((await app.call('POST', '/auth/refresh', { body: { refresh_token } })).status, 200)
  const body = { reason: 'a typing error' }
  const mistyped = await app.call('POST', '/admin/keys/revoke-all?dry_run=yes', { headers, body })
  isProblem(t, mistyped, { status: 400, code: 'invalid_request', field: 'dry_run' })
  t.strictSame(await ringOf(app), before, 'a mistyped dry run is no real one')
})

t.test('revoking all voids every access token at once, and sessions go on', async (t) => {
  const before = await ringOf(app)
  const sessions = [await newSession(app), await newSession(app)]
  await app.call('POST', '/admin/keys/rotate', { headers })
  sessions.push(await newSession(app))
  const answer = await app.call('POST', '/admin/keys/revoke-all', { headers, body: { reason: 'a key has leaked' } })
  t.equal(answer.status, 200)
  t.strictSame(Object.keys(answer.body).sort(), ['epoch', 'kid', 'persisted'])
  t.equal(answer.body.epoch, before.epoch + 1)
  t.strictSame(answer.body.persisted.sort(), ['postgres', 'redis'])
  for (const { access_token: token } of sessions) {
    isInvalidToken(t, await app.call('GET', '/auth/me', { token }), 'an old access token')
    isInvalidToken(t, await app.call('GET', '/auth/verify', { token }), 'an old access token')
    isInvalidToken(t, await app.call('POST', '/auth/verify', { body: { token } }), 'an old access token')
  }
  const after = await ringOf(app)
  t.strictSame(inState(after, 'active'), [answer.body.kid])
  t.strictSame([after.epoch, after.session_epoch], [before.epoch + 1, before.session_epoch])
  const olds = new Set(before.keys.map(({ kid }: Key) => kid))
  t.notOk(
    (await kidsOf(app)).some((kid: string) => olds.has(kid)),
    'no old key is published',
  )
  for (const { refresh_token } of sessions) {
    const { status, body } = await app.call('POST', '/auth/refresh', { body: { refresh_token } })
    t.equal(status, 200)
    t.equal(decodeProtectedHeader(body.access_token).kid, answer.body.kid)
    t.equal((await app.call('GET', '/auth/me', { token: body.access_token })).status, 200)
  }
  await until(async () => inState(await ringOf(app), 'next').length === 1)
  t.pass('a next key is published again')
})

t.test('revoking all with the sessions voids every refresh token too', async (t) => {
  const { refresh_token, access_token: token } = await newSession(app)
  const body = { reason: 'the store has leaked', sessions: true }
  t.equal((await app.call('POST', '/admin/keys/revoke-all', { headers, body })).status, 200)
  t.equal((await ringOf(app)).session_epoch, 2, 'the session epoch went up')
  isInvalidToken(t, await app.call('GET', '/auth/me', { token }), 'the access token')
  const refused = await app.call('POST', '/auth/refresh', { body: { refresh_token } })
  isProblem(t, refused, { status: 401, code: 'invalid_refresh_token' })
  const fresh = await newSession(app)
  t.equal((await app.call('POST', '/auth/refresh', { body: { refresh_token: fresh.refresh_token } })).status, 200)
})

t.test('revoking all needs a reason', async (t) => {
  const before = await ringOf(app)
  const bodies = [{}, { reason: '' }, { reason: 5 }, { reason: 'x'.repeat(501) }, { reason: null }, { sessions: true }]
  for (const body of bodies) {
    const answer = await app.call('POST', '/admin/keys/revoke-all', { headers, body })
    isProblem(t, answer, { status: 400, code: 'invalid_request', field: 'reason' }, JSON.stringify(body).slice(0, 40))
  }
  const mistyped = await app.call('POST', '/admin/keys/revoke-all', {
    headers,
    body: { reason: 'x', sessions: 'true' },
  })
  isProblem(t, mistyped, { status: 400, code: 'invalid_request', field: 'sessions' })
  t.equal((await ringOf(app)).epoch, before.epoch)
})
