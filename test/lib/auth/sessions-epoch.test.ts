import t from 'tap'
import { newId } from '../../../lib/auth/ids.ts'
import { RefreshTokens } from '../../../lib/auth/refresh-token.ts'
import { KEY_ENCRYPTION_KEY } from '../../fixtures/key-rings.ts'
import { startServers } from '../../fixtures/servers.ts'
import { newSessionInstance, newUser } from '../../fixtures/sessions.ts'
import { sharedDatabase } from '../../fixtures/shared-postgres.ts'

const { redis: server } = await startServers(t, { redis: true })
const urls = { postgres: await sharedDatabase(t), redis: server.url }
const client = { ip: '::1', userAgent: 'curl/8' }
const invalid = { code: 'invalid_refresh_token', statusCode: 401 }
const unavailable = { code: 'dependency_unavailable', statusCode: 503 }

t.test('after an emergency with sessions every refresh token is void', async (t) => {
  const { sessions, keyRing } = await newSessionInstance(t, urls)
  const { refreshToken } = await sessions.start(newUser(), client)
  await keyRing.revokeAll(false)
  const { refreshToken: next } = await sessions.refresh(refreshToken)
  await keyRing.revokeAll(true)
  await t.rejects(sessions.refresh(next), invalid)
})

t.test('a token of an epoch that this instance has not heard of makes it look', async (t) => {
  const one = await newSessionInstance(t, urls)
  const other = await newSessionInstance(t, urls, { fresh: false })
  await one.keyRing.revokeAll(true)
  const { refreshToken, claims } = await one.sessions.start(newUser(), client)
  t.equal(other.keyRing.ring?.sessionEpoch, 1)
  t.match((await other.sessions.refresh(refreshToken)).claims, { sid: claims.sid })
  t.equal(other.keyRing.ring?.sessionEpoch, 2)
})

t.test('when that look can not be made it is an outage, never a verdict', async (t) => {
  const one = await newSessionInstance(t, urls)
  const other = await newSessionInstance(t, urls, { fresh: false })
  await one.keyRing.revokeAll(true)
  const { refreshToken } = await one.sessions.start(newUser(), client)
  other.redis.reachable = false
  other.clock.advance(1000)
  await t.rejects(other.sessions.refresh(refreshToken), unavailable)
})

t.test('when that look shows that there is no such epoch, it is a verdict', async (t) => {
  const { sessions } = await newSessionInstance(t, urls)
  const claim = { userId: newId(0), sessionId: newId(0), generation: 1 }
  await t.rejects(sessions.refresh(new RefreshTokens(KEY_ENCRYPTION_KEY).make(claim, 99)), invalid)
})

t.test('an instance that was out of touch looks at the ring before it signs', async (t) => {
  const { sessions, keyRing, clock, redis, stores } = await newSessionInstance(t, urls)
  const { refreshToken } = await sessions.start(newUser(), client)
  clock.advance(3001)
  t.equal(keyRing.ageMs, 3001)
  const { refreshToken: second } = await sessions.refresh(refreshToken)
  t.equal(keyRing.ageMs, 0)
  t.ok(await stores.redis.load())
  clock.advance(3001)
  redis.reachable = false
  await t.rejects(sessions.ready(), { ...unavailable, details: { dependency: 'redis' } })
  await t.rejects(sessions.start(newUser(), client), unavailable)
  redis.reachable = true
  await t.resolves(sessions.refresh(second))
})
