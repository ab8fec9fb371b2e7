import t from 'tap'
import { newId } from '../../../lib/auth/ids.ts'
import { RevocationLog } from '../../../lib/auth/revocation-log.ts'
import { Revoker } from '../../../lib/auth/revoker.ts'
import { PostgresSyncStore } from '../../../lib/store/postgres-sync.ts'
import { RedisSyncStore } from '../../../lib/store/redis-sync.ts'
import { SessionStore } from '../../../lib/store/sessions.ts'
import { fakeClock } from '../../fixtures/fake-clock.ts'
import { postgresHandle, redisHandle } from '../../fixtures/handles.ts'
import { startServers } from '../../fixtures/servers.ts'
import { sharedDatabase } from '../../fixtures/shared-postgres.ts'

const TTL = 900_000
const DAY = 86_400_000
const { redis: server } = await startServers(t, { redis: true })
const redis = await redisHandle(t, server.url)
const postgres = await postgresHandle(t, await sharedDatabase(t))
const limits = { refreshTokenTtl: DAY, refreshGrace: 10_000, sessionMaxAge: 30 * DAY, perUser: 10 }

/** An instance: what it knows, and what it has told. */
function setUp() {
  const clock = fakeClock({ wall: Date.now() })
  const sessions = new SessionStore(redis.handle, limits)
  const stores = {
    sessions,
    redis: new RedisSyncStore(redis.handle, TTL),
    postgres: new PostgresSyncStore(postgres.handle),
  }
  const log = new RevocationLog(clock, TTL)
  const revoker = new Revoker({ ...stores, log, clock, accessTokenTtl: TTL, sessionMaxAge: limits.sessionMaxAge })
  const announced = async () => {
    const { events } = await stores.redis.pull('0-0', newId(0), 0)
    return events.map(({ event }) => ('session_id' in event ? event.session_id : event.type))
  }
  const local = () => log.since(undefined).entries.map(({ event }) => ('session_id' in event ? event.session_id : ''))
  return {
    clock,
    sessions,
    log,
    revoker,
    announced,
    local,
    pending: async () => (await stores.postgres.pull()).pending,
  }
}

async function begin(sessions: SessionStore, userId = newId(0), createdAt = Date.now()) {
  const sessionId = newId(createdAt)
  await sessions.create({
    userId,
    sessionId,
    profile: { email: 'a@b.co', roles: [] },
    version: 1,
    ip: '::1',
    userAgent: '',
  })
  return { userId, sessionId }
}

t.beforeEach(async () => {
  redis.reachable = true
  postgres.reachable = true
  await redis.client.flushall()
  await postgres.pool.query('DELETE FROM pending_revocations')
})

t.test('a session is ended in Redis, refused here at once, and everybody is told', async (t) => {
  const { sessions, log, revoker, announced, local, pending } = setUp()
  const { userId, sessionId } = await begin(sessions)
  await revoker.revokeSession(userId, sessionId)
  t.strictSame(await sessions.refresh(userId, sessionId, 1), { kind: 'missing' })
  t.equal(log.isRevoked(sessionId), true)
  t.strictSame(await announced(), [sessionId])
  t.strictSame(local(), [], 'its event comes through the stream, once')
  t.strictSame(await pending(), [])
  await revoker.revokeSession(userId, sessionId)
  t.equal(log.isRevoked(sessionId), true, 'safe to repeat')
})

t.test('with Redis away the revocation waits in Postgres, and is applied when Redis is back', async (t) => {
  const { sessions, log, revoker, announced, local, pending } = setUp()
  const { userId, sessionId } = await begin(sessions)
  redis.reachable = false
  await revoker.revokeSession(userId, sessionId)
  t.equal(log.isRevoked(sessionId), true)
  t.strictSame(local(), [sessionId], 'who follows this instance hears of it at once')
  const waiting = await pending()
  t.match(waiting, [{ userId, sessionId, keepSessionId: null }])
  const elsewhere = setUp()
  await t.rejects(elsewhere.revoker.applyPending(waiting), {
    code: 'dependency_unavailable',
    details: { dependency: 'redis' },
  })
  t.equal(elsewhere.log.isRevoked(sessionId), true, 'another instance learns of it through Postgres')
  await t.rejects(elsewhere.revoker.applyPending(waiting))
  t.strictSame(elsewhere.local(), [sessionId], 'and notes it once, however often it looks')
  redis.reachable = true
  t.match(await sessions.refresh(userId, sessionId, 1), { kind: 'rotated' }, 'Redis does not know yet')
  await elsewhere.revoker.applyPending(waiting)
  t.strictSame(await sessions.refresh(userId, sessionId, 2), { kind: 'missing' })
  t.strictSame(await announced(), [sessionId])
  t.strictSame(await pending(), [])
})

t.test('with neither it is an outage, and the session goes on', async (t) => {
  const { sessions, log, revoker, local } = setUp()
  const { userId, sessionId } = await begin(sessions)
  redis.reachable = false
  postgres.reachable = false
  await t.rejects(revoker.revokeSession(userId, sessionId), { code: 'dependency_unavailable', statusCode: 503 })
  t.equal(log.isRevoked(sessionId), false)
  t.strictSame(local(), [])
  redis.reachable = true
  t.match(await sessions.refresh(userId, sessionId, 1), { kind: 'rotated' })
})

t.test('all sessions of a user but one, and those that began later', async (t) => {
  const { sessions, log, revoker, announced } = setUp()
  const { userId, sessionId: kept } = await begin(sessions)
  const gone = await begin(sessions, userId, Date.now() - 5000)
  const later = await begin(sessions, userId, Date.now() + 60_000)
  await revoker.revokeUser(userId, kept, Date.now())
  t.strictSame(await announced(), [gone.sessionId])
  t.strictSame(
    [kept, gone.sessionId, later.sessionId].map((id) => log.isRevoked(id)),
    [false, true, false],
  )
  await revoker.revokeUser(userId, null)
  t.strictSame((await announced()).toSorted(), [kept, gone.sessionId, later.sessionId].toSorted())
  await revoker.revokeUser(userId, null)
  t.equal((await announced()).length, 3)
})

t.test('a change of password waits as the end of all sessions but its own', async (t) => {
  const { clock, sessions, log, revoker, pending } = setUp()
  const { userId, sessionId: own } = await begin(sessions)
  const other = await begin(sessions, userId)
  clock.advance(10_000)
  const ending = revoker.pendingForUser(userId, own)
  t.match(ending, { userId, sessionId: null, keepSessionId: own, revokedAt: new Date(clock.now()) })
  t.equal(ending.expiresAt.getTime() - ending.revokedAt.getTime(), limits.sessionMaxAge)
  await new PostgresSyncStore(postgres.handle).remember(ending)
  await revoker.applyPending(await pending())
  t.strictSame([log.isRevoked(own), log.isRevoked(other.sessionId)], [false, true])
  t.match(await sessions.refresh(userId, own, 1), { kind: 'rotated' })
  t.strictSame(await pending(), [])
})

t.test('what could not be told is told later, as long as it matters', async (t) => {
  const { clock, log, revoker, announced, local } = setUp()
  redis.reachable = false
  await revoker.announceRemoved(['early'])
  clock.advance(TTL - 1000)
  await revoker.announceRemoved(['a', 'b'])
  t.equal(revoker.unannounced, 3)
  t.strictSame(local(), ['early', 'a', 'b'])
  t.ok(log.isRevoked('a'))
  await t.rejects(revoker.flush(), { code: 'dependency_unavailable' })
  t.equal(revoker.unannounced, 3)
  clock.advance(1000)
  redis.reachable = true
  await revoker.flush()
  t.strictSame(await announced(), ['a', 'b'], 'the tokens of the early one have expired')
  t.equal(revoker.unannounced, 0)
  await revoker.flush()
  await revoker.announceRemoved([])
  t.strictSame(await announced(), ['a', 'b'])
})

t.test('what could not be told while others are being told is not forgotten', async (t) => {
  const { revoker } = setUp()
  redis.reachable = false
  await revoker.announceRemoved(Array.from({ length: 2500 }, (_, i) => `s${i}`))
  redis.reachable = true
  const flushing = revoker.flush()
  redis.reachable = false
  const late = revoker.announceRemoved(['late'])
  redis.reachable = true
  await Promise.all([flushing, late])
  t.equal(await redis.client.xlen('tokenforge:{shared}:revocations'), 2500)
  t.equal(revoker.unannounced, 1)
  await revoker.flush()
  t.equal(await redis.client.xlen('tokenforge:{shared}:revocations'), 2501)
})

t.test('a Redis that has lost its data gets the revocations that still matter', async (t) => {
  const { clock, sessions, revoker, announced } = setUp()
  const old = await begin(sessions)
  await revoker.revokeSession(old.userId, old.sessionId)
  clock.advance(TTL / 2)
  const { userId, sessionId } = await begin(sessions)
  await revoker.revokeSession(userId, sessionId)
  await redis.client.flushall()
  clock.advance(TTL / 2)
  await revoker.restore()
  t.strictSame(await announced(), [sessionId])
})
