import t from 'tap'
import { systemClock } from '../../../lib/clock.ts'
import { newSession } from '../../fixtures/app.ts'
import { isInvalidToken } from '../expect.ts'
import { startWorld } from '../world.ts'

const HOUR_MS = 3_600_000

const world = await startWorld(t)
let aheadMs = 0
const clock = { ...systemClock, now: () => systemClock.now() + aheadMs }
const { call, app } = await world.start(t, {}, { clock })
const adminKey = { headers: { authorization: `Bearer ${app.config.adminApiKey}` } }
const verify = (token: string) => call('POST', '/auth/verify', { body: { token } })

/** A token that was verified more than once. */
async function knownToken(): Promise<string> {
  const { access_token: token } = await newSession({ call })
  t.equal((await verify(token)).status, 200)
  t.strictSame((await verify(token)).body, (await verify(token)).body)
  return token
}

t.test('a token that was verified before is refused when its session ends', async (t) => {
  const token = await knownToken()
  t.equal((await call('POST', '/auth/logout', { token })).status, 204)
  isInvalidToken(t, await verify(token), 'refused')
})

t.test('a token that was verified before is refused when it has expired', async (t) => {
  const token = await knownToken()
  aheadMs = HOUR_MS
  isInvalidToken(t, await verify(token), 'refused')
  aheadMs = 0
  t.equal((await verify(token)).status, 200)
})

t.test('a token that was verified before outlives a rotation, but not its key', async (t) => {
  const token = await knownToken()
  t.equal((await call('POST', '/admin/keys/rotate', adminKey)).status, 200)
  t.equal((await verify(token)).status, 200)
  const emergency = { ...adminKey, body: { reason: 'a test' } }
  t.equal((await call('POST', '/admin/keys/revoke-all', emergency)).status, 200)
  isInvalidToken(t, await verify(token), 'refused')
})
