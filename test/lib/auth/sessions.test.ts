import t from 'tap'
import { Compile } from 'typebox/compile'
import { newId } from '../../../lib/auth/ids.ts'
import { TokenAnswerSchema } from '../../../lib/auth/token-answer.ts'
import { startServers } from '../../fixtures/servers.ts'
import { HOUR, newSessionInstance, newUser, TTL } from '../../fixtures/sessions.ts'
import { sharedDatabase } from '../../fixtures/shared-postgres.ts'

const { redis: server } = await startServers(t, { redis: true })
const urls = { postgres: await sharedDatabase(t), redis: server.url }
const client = { ip: '::1', userAgent: 'curl/8' }
const invalid = { code: 'invalid_refresh_token', statusCode: 401 }
const unavailable = { code: 'dependency_unavailable', statusCode: 503 }

t.test('a session begins, and each refresh token gives the next', async (t) => {
  const { sessions, clock } = await newSessionInstance(t, urls)
  const user = newUser()
  const begun = clock.now()
  let grant = await sessions.start(user, client)
  const { sid } = grant.claims
  for (let i = 0; i < 3; i++) {
    t.match(grant.claims, {
      sub: user.id,
      sid,
      email: user.email,
      roles: ['admin'],
      auth_time: Math.floor(begun / 1000),
    })
    t.equal(grant.claims.iat, Math.floor(clock.now() / 1000))
    t.ok(grant.refreshExpiresIn > 3590 && grant.refreshExpiresIn <= 3600, `${grant.refreshExpiresIn}`)
    clock.advance(1000)
    const next = await sessions.refresh(grant.refreshToken)
    t.not(next.refreshToken, grant.refreshToken)
    t.not(next.claims.jti, grant.claims.jti)
    grant = next
  }
})

t.test('a lost answer costs nobody the session, a reused token costs everybody', async (t) => {
  const { sessions, revocations } = await newSessionInstance(t, urls)
  const first = await sessions.start(newUser(), client)
  const second = await sessions.refresh(first.refreshToken)
  t.equal((await sessions.refresh(first.refreshToken)).refreshToken, second.refreshToken)
  const third = await sessions.refresh(second.refreshToken)
  await t.rejects(sessions.refresh(first.refreshToken), { code: 'refresh_token_reused', statusCode: 401 })
  t.equal(revocations.isRevoked(first.claims.sid), true, 'its access tokens are refused too')
  await t.rejects(sessions.refresh(third.refreshToken), invalid)
})

t.test('garbage and altered tokens are refused without a look at any store', async (t) => {
  const { sessions, redis } = await newSessionInstance(t, urls)
  const { refreshToken } = await sessions.start(newUser(), client)
  redis.reachable = false
  const altered = refreshToken.slice(0, -1) + (refreshToken.endsWith('A') ? 'B' : 'A')
  for (const token of ['', 'garbage', `tfr_${'A'.repeat(96)}`, altered]) {
    await t.rejects(sessions.refresh(token), invalid, token.slice(0, 8))
  }
  await t.rejects(sessions.refresh(refreshToken), { ...unavailable, details: { dependency: 'redis' } })
  redis.reachable = true
  await t.resolves(sessions.refresh(refreshToken), 'no session was ended by the outage')
})

t.test('a revoked session is refused, though its record is still there', async (t) => {
  const { sessions, revocations, clock } = await newSessionInstance(t, urls)
  const { refreshToken, claims } = await sessions.start(newUser(), client)
  revocations.mark(claims.sid, clock.now() + TTL)
  await t.rejects(sessions.refresh(refreshToken), invalid)
})

t.test('an expired session', async (t) => {
  const { sessions, redis } = await newSessionInstance(t, urls)
  const user = newUser()
  const { refreshToken, claims } = await sessions.start(user, client)
  const old = JSON.stringify([1, Date.now() - HOUR, client.ip, client.userAgent])
  await redis.client.hset(`tokenforge:sessions:{${user.id}}`, claims.sid, old)
  await t.rejects(sessions.refresh(refreshToken), { ...invalid, details: { reason: 'the session has expired' } })
})

t.test('a session that is missing: lost with the data of Redis, or just unknown', async (t) => {
  for (const [began, lost] of [
    [0, false],
    [Date.now() + 60_000, true],
  ] as const) {
    const { sessions, store, missing } = await newSessionInstance(t, urls, { began })
    const user = newUser()
    const { refreshToken, claims } = await sessions.start(user, client)
    await store.remove(user.id, claims.sid)
    await t.rejects(sessions.refresh(refreshToken), invalid)
    t.strictSame(missing, [lost])
  }
})

t.test('beyond the limit the oldest session makes room, and its tokens are refused', async (t) => {
  const { sessions, revocations } = await newSessionInstance(t, urls)
  const user = newUser()
  const grants = []
  for (let i = 0; i < 4; i++) grants.push(await sessions.start(user, client))
  t.equal(grants.filter(({ claims }) => revocations.isRevoked(claims.sid)).length, 2)
  t.equal((await sessions.list(user.id)).length, 2)
})

t.test('no session begins when Redis does not take it', async (t) => {
  const { sessions, redis } = await newSessionInstance(t, urls)
  redis.reachable = false
  await t.rejects(sessions.start(newUser(), client), { ...unavailable, details: { dependency: 'redis' } })
  redis.losesAnswers = true
  redis.reachable = true
  await t.rejects(sessions.start(newUser(), client), unavailable)
})

t.test('sessions are listed, and ended by their own user alone', async (t) => {
  const { sessions, revocations } = await newSessionInstance(t, urls)
  const user = newUser()
  const { claims } = await sessions.start(user, { ip: '192.0.2.1', userAgent: `${'x'.repeat(119)}👋 and more` })
  const [listed] = await sessions.list(user.id)
  t.match(listed, { id: claims.sid, ip: '192.0.2.1' })
  t.equal(listed?.userAgent, `${'x'.repeat(119)}\ufffd`, 'cut, and still well-formed')
  await t.rejects(sessions.end(newUser().id, claims.sid), { code: 'not_found', statusCode: 404 })
  await sessions.end(user.id, claims.sid)
  t.equal(revocations.isRevoked(claims.sid), true)
  await t.rejects(sessions.end(user.id, claims.sid), { code: 'not_found' })
})

t.test('the answer that a client gets has a schema', async (t) => {
  const { sessions } = await newSessionInstance(t, urls)
  const { claims, refreshToken, refreshExpiresIn } = await sessions.start(newUser(), client)
  const answer = {
    access_token: 'a.b.c',
    token_type: 'Bearer',
    expires_in: claims.exp - claims.iat,
    refresh_token: refreshToken,
    refresh_expires_in: refreshExpiresIn,
    session_id: claims.sid,
  }
  t.ok(Compile(TokenAnswerSchema).Check(answer))
  t.notOk(Compile(TokenAnswerSchema).Check({ ...answer, refresh_expires_in: 1.5 }))
})

t.test('a login under which the account is changed goes on with the account as it is now', async (t) => {
  const { sessions, store, users } = await newSessionInstance(t, urls)
  const given = { id: newId(Date.now()), email: 'sam@example.com', passwordHash: 'x' }
  const read = await users.insert(given, null)
  if (read === null) return t.fail('not inserted')
  const adopt = async () => {
    const { id, version, email, roles, disabledAt } = (await users.findById(given.id)) ?? read
    await store.adopt({ userId: id, version, profile: { email, roles }, disabled: disabledAt !== null })
  }
  await users.change(given.id, { roles: ['editor'] }, null)
  await adopt()
  const { claims } = await sessions.start(read, client)
  t.strictSame(claims.roles, ['editor'])
  await users.change(given.id, { disabled: true }, null)
  await adopt()
  await t.rejects(sessions.start(read, client), { code: 'account_disabled', statusCode: 403 })
  t.strictSame(await sessions.list(given.id), [])
})

t.test('a login of an account that is gone, or that Redis knows better than Postgres', async (t) => {
  const { sessions, store, users } = await newSessionInstance(t, urls)
  const gone = newUser()
  await store.adopt({ userId: gone.id, version: 2, profile: gone, disabled: false })
  await t.rejects(sessions.start(gone, client), { code: 'invalid_credentials' })
  const user = await users.insert({ id: newId(Date.now()), email: 'max@example.com', passwordHash: 'x' }, null)
  if (user === null) return t.fail('not inserted')
  await store.adopt({ userId: user.id, version: 9, profile: user, disabled: false })
  await t.rejects(sessions.start(user, client), unavailable)
})
