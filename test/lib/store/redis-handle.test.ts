import t from 'tap'
import { newId } from '../../../lib/auth/ids.ts'
import { createRing } from '../../../lib/keys/ring.ts'
import { AttemptStore } from '../../../lib/store/attempts.ts'
import { BudgetStore } from '../../../lib/store/budgets.ts'
import { RedisKeyRingStore } from '../../../lib/store/key-ring-redis.ts'
import { loadScript } from '../../../lib/store/redis-handle.ts'
import { RedisSyncStore } from '../../../lib/store/redis-sync.ts'
import { SessionStore } from '../../../lib/store/sessions.ts'
import { redisHandle } from '../../fixtures/handles.ts'
import { namedKey } from '../../fixtures/keys.ts'
import { startServers } from '../../fixtures/servers.ts'

const { redis } = await startServers(t, { redis: true })
const handle = await redisHandle(t, redis.url)
const sessions = new SessionStore(handle.handle, {
  refreshTokenTtl: 3_600_000,
  refreshGrace: 10_000,
  sessionMaxAge: 7_200_000,
  perUser: 3,
})
const userId = newId(0)
const sessionId = newId(Date.now())
const session = { userId, sessionId, profile: { email: 'a@b.co', roles: [] }, version: 1, ip: '::1', userAgent: '' }

/** Everything that Redis holds. */
async function dump(): Promise<Record<string, unknown>> {
  const keys = (await handle.client.keys('*')).toSorted()
  return Object.fromEntries(await Promise.all(keys.map(async (key) => [key, await handle.client.dumpBuffer(key)])))
}

const redisNow = async () => {
  const [seconds = 0, micros = 0] = (await handle.client.time()).map(Number)
  return seconds * 1000 + Math.floor(micros / 1000)
}

t.test('a call that comes after its deadline changes nothing and answers an outage', async (t) => {
  const ring = createRing(namedKey('a'), namedKey('b'), 0)
  const attempts = new AttemptStore(handle.handle, Buffer.alloc(32))
  const budget = { max: 3, windowMs: 60_000 }
  const calls: Record<string, () => Promise<unknown>> = {
    'session-create': () => sessions.create({ ...session, sessionId: newId(Date.now()) }),
    'session-adopt': () => sessions.adopt({ ...session, version: 2, disabled: true }),
    'session-refresh': () => sessions.refresh(userId, sessionId, 1),
    'session-remove': () => sessions.remove(userId, sessionId),
    'session-remove-all': () => sessions.removeAll(userId, null, Number.MAX_SAFE_INTEGER),
    'budget-take': () => new BudgetStore(handle.handle).take('account', 'a', { windowMs: 1000 }),
    'attempt-take': () => attempts.take('b', 'network', budget),
    'attempt-succeeded': () => attempts.succeeded('b', 'network'),
    'ring-put': () => new RedisKeyRingStore(handle.handle, 1000).putIfNewer(ring),
    announce: () => new RedisSyncStore(handle.handle, 1000).announce([sessionId], Date.now() + 1000),
  }
  await sessions.create(session)
  await attempts.take('b', 'network', budget)
  const before = await dump()
  handle.deadline = (await redisNow()) - 1
  for (const [name, call] of Object.entries(calls)) {
    await t.rejects(
      call(),
      { code: 'dependency_unavailable', cause: { message: /^LATE / }, details: { dependency: 'redis' } },
      name,
    )
    t.strictSame(await dump(), before, `${name} changed nothing`)
  }
  handle.deadline = (await redisNow()) + 5000
  t.match(await sessions.refresh(userId, sessionId, 1), { kind: 'rotated' }, 'in time it takes effect')
})

t.test('what may as well run late does', async (t) => {
  handle.deadline = 0
  t.equal(await new RedisKeyRingStore(handle.handle, 1000).load(), null)
  t.match(await new RedisSyncStore(handle.handle, 1000).pull('0-0', newId(0), 0), { events: [] })
  handle.deadline = Number.MAX_SAFE_INTEGER
})

t.test('a script has its name, its keys and the prelude', async (t) => {
  t.match(loadScript('budget-take'), { name: 'tokenforge_budget_take', keys: 1, bounded: true, probe: false })
  t.match(loadScript('sync', { keys: 4, bounded: false, probe: true }), { keys: 4, bounded: false, probe: true })
  t.match(loadScript('budget-take').lua, /LATE[\s\S]*INCR/)
  t.throws(() => loadScript('no-such-script'), { code: 'ENOENT' })
})
