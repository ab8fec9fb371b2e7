import t from 'tap'
import { AccountChanges } from '../../../lib/auth/account-changes.ts'
import { newId } from '../../../lib/auth/ids.ts'
import { RevocationLog } from '../../../lib/auth/revocation-log.ts'
import { Revoker } from '../../../lib/auth/revoker.ts'
import { UserAdministration } from '../../../lib/auth/user-administration.ts'
import { systemClock } from '../../../lib/clock.ts'
import { PostgresSyncStore } from '../../../lib/store/postgres-sync.ts'
import { RedisSyncStore } from '../../../lib/store/redis-sync.ts'
import { SessionStore } from '../../../lib/store/sessions.ts'
import { UserStore } from '../../../lib/store/users.ts'
import { postgresHandle, redisHandle } from '../../fixtures/handles.ts'
import { startServers } from '../../fixtures/servers.ts'
import { sharedDatabase } from '../../fixtures/shared-postgres.ts'

const DAY = 86_400_000
const TTL = 900_000
const { redis: server } = await startServers(t, { redis: true })
const redis = await redisHandle(t, server.url)
const postgres = await postgresHandle(t, await sharedDatabase(t))
const limits = { refreshTokenTtl: DAY, refreshGrace: 10_000, sessionMaxAge: 30 * DAY, perUser: 10 }
const sessions = new SessionStore(redis.handle, limits)
const users = new UserStore(postgres.handle)
const pending = new PostgresSyncStore(postgres.handle)
const log = new RevocationLog(systemClock, TTL)
const stores = { sessions, redis: new RedisSyncStore(redis.handle, TTL), postgres: pending }
const revoker = new Revoker({ ...stores, log, clock: systemClock, accessTokenTtl: TTL, sessionMaxAge: DAY })
const changes = new AccountChanges({ users, sessions, postgres: pending, revoker })
const neglected: string[] = []
const onNeglected = (_: unknown, what: string) => neglected.push(what)
const administration = new UserAdministration({ users, revoker, changes, pending, onNeglected })

let count = 0
async function newUser() {
  count += 1
  const user = await users.insert({ id: newId(Date.now()), email: `user${count}@example.com`, passwordHash: 'x' }, null)
  if (user === null) throw new Error('not inserted')
  const sessionId = newId(Date.now())
  const { id: userId, email, roles, version } = user
  await sessions.create({ userId, sessionId, profile: { email, roles }, version, ip: '::1', userAgent: '' })
  return { userId, sessionId }
}

t.test('what Redis can not be told now is told later, as the account is by then', async (t) => {
  const { userId, sessionId } = await newUser()
  redis.reachable = false
  await administration.setRoles(userId, ['editor'])
  t.strictSame(neglected, ['tell redis of a changed account now'])
  redis.reachable = true
  t.match(await sessions.refresh(userId, sessionId, 1), { profile: { roles: [] } })
  await users.change(userId, { roles: ['admin'] }, null)
  await changes.apply([{ userId, version: 2 }])
  t.match(await sessions.refresh(userId, sessionId, 2), { profile: { roles: ['admin'] } })
  t.strictSame((await pending.pull()).changes, [], 'one message was enough for both')
})

t.test(
  'disabled while Redis is away: refused here at once, and not forgotten when enabled again meanwhile',
  async (t) => {
    const { userId, sessionId } = await newUser()
    redis.reachable = false
    await administration.disable(userId)
    t.equal(log.isRevoked(sessionId, userId), true)
    await administration.enable(userId)
    redis.reachable = true
    const news = await pending.pull()
    await revoker.applyPending(news.pending)
    await changes.apply(news.changes)
    t.strictSame(await sessions.refresh(userId, sessionId, 1), { kind: 'missing' })
    t.equal(log.isRevoked(sessionId), true)
    t.match(await pending.pull(), { pending: [], changes: [] })
  },
)

t.test('an account that is gone is not told', async (t) => {
  const { userId, sessionId } = await newUser()
  await users.change(userId, { roles: ['editor'] }, null)
  await postgres.pool.query('DELETE FROM users WHERE id = $1', [userId])
  await changes.apply((await pending.pull()).changes)
  t.strictSame((await pending.pull()).changes, [])
  t.match(await sessions.refresh(userId, sessionId, 1), { kind: 'rotated', profile: { roles: [] } })
})
