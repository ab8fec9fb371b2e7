import t from 'tap'
import { newId } from '../../../lib/auth/ids.ts'
import { OutdatedAccountError, SessionStore } from '../../../lib/store/sessions.ts'
import { until } from '../../fixtures/app.ts'
import { redisHandle } from '../../fixtures/handles.ts'
import { startServers } from '../../fixtures/servers.ts'

const HOUR = 3_600_000
const limits = { refreshTokenTtl: HOUR, refreshGrace: 60_000, sessionMaxAge: 2 * HOUR, perUser: 3 }
const profile = { email: 'kim@example.com', roles: ['admin'] }
const client = { ip: '203.0.113.7', userAgent: 'Mozilla/5.0 (X11; "Linux" x86_64) Żółć 👋' }

const { redis } = await startServers(t, { redis: true })
const handle = await redisHandle(t, redis.url)
const newStore = (more = {}) => new SessionStore(handle.handle, { ...limits, ...more })
const store = newStore()
const keyOf = (userId: string) => `tokenforge:sessions:{${userId}}`

/** Begins a session; by default the id says that it began now. */
async function begin(from = store, userId = newId(Date.now()), createdAt = Date.now()) {
  const sessionId = newId(createdAt)
  const created = await from.create({ userId, sessionId, profile, version: 1, ...client })
  return { userId, sessionId, ...created }
}

/** Makes a session look as if it was last used `ms` ago. */
async function age(userId: string, sessionId: string, ms: number): Promise<void> {
  const record = JSON.parse((await handle.client.hget(keyOf(userId), sessionId)) ?? '')
  record[1] -= ms
  await handle.client.hset(keyOf(userId), sessionId, JSON.stringify(record))
}

t.test('a session begins with generation 1, and each refresh makes the next', async (t) => {
  const { userId, sessionId, expiresAt, evicted } = await begin()
  t.strictSame(evicted, [])
  t.ok(Math.abs(expiresAt - (Date.now() + HOUR)) < 1000)
  for (let generation = 1; generation <= 5; generation++) {
    const outcome = await store.refresh(userId, sessionId, generation)
    t.match(outcome, { kind: 'rotated', generation: generation + 1, profile })
    t.ok('expiresAt' in outcome && outcome.expiresAt >= expiresAt)
  }
})

t.test('the generation before, within the grace: the same successor again', async (t) => {
  const { userId, sessionId } = await begin()
  const rotated = await store.refresh(userId, sessionId, 1)
  for (let i = 0; i < 3; i++) t.strictSame(await store.refresh(userId, sessionId, 1), { ...rotated, kind: 'replayed' })
  t.match(await store.refresh(userId, sessionId, 2), { kind: 'rotated', generation: 3 })
})

t.test('the generation before, after the grace: reuse, and the session is gone', async (t) => {
  const short = newStore({ refreshGrace: 60 })
  const { userId, sessionId } = await begin(short)
  await short.refresh(userId, sessionId, 1)
  const last = await until(async () => {
    const outcome = await short.refresh(userId, sessionId, 1)
    return outcome.kind !== 'replayed' && outcome
  })
  t.strictSame(last, { kind: 'reused' })
  t.strictSame(await short.refresh(userId, sessionId, 2), { kind: 'missing' })
  t.equal(await handle.client.exists(keyOf(userId)), 0)
})

t.test('an older generation is reuse, however soon', async (t) => {
  const { userId, sessionId } = await begin()
  await store.refresh(userId, sessionId, 1)
  await store.refresh(userId, sessionId, 2)
  t.strictSame(await store.refresh(userId, sessionId, 1), { kind: 'reused' })
  t.strictSame(await store.refresh(userId, sessionId, 3), { kind: 'missing' })
})

t.test('reuse in one session leaves the others of the user alone', async (t) => {
  const { userId, sessionId } = await begin()
  const other = await begin(store, userId)
  await store.refresh(userId, sessionId, 1)
  await age(userId, sessionId, 60_001)
  t.strictSame(await store.refresh(userId, sessionId, 1), { kind: 'reused' })
  t.match(await store.refresh(userId, other.sessionId, 1), { kind: 'rotated' })
})

t.test('a generation from the future is honoured: the store has lost a write', async (t) => {
  const { userId, sessionId } = await begin()
  t.match(await store.refresh(userId, sessionId, 7), { kind: 'rotated', generation: 8 })
  t.match(await store.refresh(userId, sessionId, 7), { kind: 'replayed', generation: 8 })
})

t.test('no such session, no such user, the session of another', async (t) => {
  const { userId, sessionId } = await begin()
  t.strictSame(await store.refresh(userId, newId(0), 1), { kind: 'missing' })
  t.strictSame(await store.refresh(newId(0), sessionId, 1), { kind: 'missing' })
})

t.test('unused for the life of a refresh token: expired, and gone', async (t) => {
  const { userId, sessionId } = await begin()
  await age(userId, sessionId, HOUR - 5000)
  t.match(await store.refresh(userId, sessionId, 1), { kind: 'rotated' })
  await age(userId, sessionId, HOUR)
  t.strictSame(await store.refresh(userId, sessionId, 2), { kind: 'expired' })
  t.strictSame(await store.refresh(userId, sessionId, 2), { kind: 'missing' })
})

t.test('a session ends at its greatest age, however often it is refreshed', async (t) => {
  const almost = Date.now() - 2 * HOUR + 5000
  const young = await begin(store, newId(0), almost)
  t.equal(young.expiresAt, almost + 2 * HOUR)
  t.match(await store.refresh(young.userId, young.sessionId, 1), { kind: 'rotated', expiresAt: almost + 2 * HOUR })
  const userId = newId(0)
  await begin(store, userId)
  const old = await begin(store, userId, Date.now() - 2 * HOUR)
  t.strictSame(await store.refresh(userId, old.sessionId, 1), { kind: 'expired' })
})

t.test('of 100 refreshes at once one rotates, the others get the same successor', async (t) => {
  const { userId, sessionId } = await begin()
  const outcomes = await Promise.all(Array.from({ length: 100 }, () => store.refresh(userId, sessionId, 1)))
  t.equal(outcomes.filter(({ kind }) => kind === 'rotated').length, 1)
  t.equal(outcomes.filter(({ kind }) => kind === 'replayed').length, 99)
  t.equal(new Set(outcomes.map((outcome) => JSON.stringify({ ...outcome, kind: '' }))).size, 1)
})

t.test('what is told of the sessions of a user', async (t) => {
  const began = Date.now()
  const { userId, sessionId, expiresAt } = await begin(store, newId(0), began)
  t.strictSame(await store.list(userId, began), [
    { id: sessionId, createdAt: began, lastUsedAt: expiresAt - HOUR, expiresAt, ...client },
  ])
  const later = await begin(store, userId)
  await age(userId, sessionId, 5000)
  t.strictSame(
    (await store.list(userId, began)).map(({ id }) => id),
    [later.sessionId, sessionId],
    'the latest first',
  )
  await age(userId, later.sessionId, HOUR)
  t.strictSame(
    (await store.list(userId, Date.now())).map(({ id }) => id),
    [sessionId],
    'not the expired ones',
  )
  t.strictSame(await store.list(newId(0), began), [])
})

t.test('a changed profile is told by the next refresh of every session', async (t) => {
  const { userId, sessionId } = await begin()
  const changed = { email: 'new@example.com', roles: [] }
  t.strictSame(await store.adopt({ userId, version: 2, profile: changed, disabled: false }), [])
  t.match(await store.refresh(userId, sessionId, 1), { kind: 'rotated', profile: changed })
  t.strictSame(
    await store.adopt({ userId, version: 1, profile, disabled: true }),
    [],
    'an older version comes too late',
  )
  t.match(await store.refresh(userId, sessionId, 2), { kind: 'rotated', profile: changed })
})

t.test('a disabled account loses its sessions', async (t) => {
  const { userId, sessionId } = await begin()
  t.strictSame(await store.adopt({ userId, version: 2, profile, disabled: true }), [sessionId])
  t.strictSame(await store.refresh(userId, sessionId, 1), { kind: 'missing' })
  t.strictSame(await handle.client.keys(keyOf(userId)), [])
})

t.test(
  'a session is not made from an account that was changed meanwhile, also of a user without sessions',
  async (t) => {
    const userId = newId(0)
    await store.adopt({ userId, version: 2, profile, disabled: false })
    t.strictSame(await handle.client.keys(keyOf(userId)), [], 'no session is made up')
    const session = { userId, sessionId: newId(Date.now()), profile, ...client }
    await t.rejects(store.create({ ...session, version: 1 }), { name: OutdatedAccountError.name })
    t.strictSame(await store.list(userId, Date.now()), [])
    await store.create({ ...session, version: 2 })
    t.equal((await store.list(userId, Date.now())).length, 1)
  },
)
