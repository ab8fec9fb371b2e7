import t from 'tap'
import { newId } from '../../../lib/auth/ids.ts'
import { SessionStore } from '../../../lib/store/sessions.ts'
import { redisHandle } from '../../fixtures/handles.ts'
import { startServers } from '../../fixtures/servers.ts'

const HOUR = 3_600_000
const limits = { refreshTokenTtl: HOUR, refreshGrace: 10_000, sessionMaxAge: 2 * HOUR, perUser: 3 }
const profile = { email: 'kim@example.com', roles: ['admin'] }
const client = { ip: '203.0.113.7', userAgent: 'curl/8.0' }
const browser = {
  ip: '2001:db8:85a3:8d3:1319:8a2e:370:7348',
  userAgent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0'.padEnd(
    120,
  ),
}

const { redis } = await startServers(t, { redis: true })
const handle = await redisHandle(t, redis.url)
const store = new SessionStore(handle.handle, limits)
const keyOf = (userId: string) => `tokenforge:sessions:{${userId}}`

async function begin(userId: string, createdAt = Date.now()) {
  const sessionId = newId(createdAt)
  const { evicted } = await store.create({ userId, sessionId, profile, version: 1, ...client })
  return { sessionId, evicted }
}

async function lastUsed(userId: string, sessionId: string, at: number): Promise<void> {
  await handle.client.hset(keyOf(userId), sessionId, JSON.stringify([1, at, client.ip, client.userAgent]))
}

const idsOf = async (userId: string) => (await store.list(userId, Date.now())).map(({ id }) => id).toSorted()

t.test('beyond the limit the session that was unused for longest makes room', async (t) => {
  const userId = newId(0)
  const ids: string[] = []
  for (let i = 0; i < 3; i++) {
    const { sessionId, evicted } = await begin(userId)
    t.strictSame(evicted, [])
    ids.push(sessionId)
  }
  for (const [i, ago] of [10_000, 30_000, 20_000].entries()) await lastUsed(userId, ids[i] ?? '', Date.now() - ago)
  const fourth = await begin(userId)
  t.strictSame(fourth.evicted, [ids[1]])
  t.strictSame(await idsOf(userId), [ids[0], ids[2], fourth.sessionId].toSorted())
  t.strictSame(await store.refresh(userId, ids[1] ?? '', 1), { kind: 'missing' })
  const smaller = new SessionStore(handle.handle, { ...limits, perUser: 1 })
  const last = await smaller.create({ userId, sessionId: newId(Date.now()), profile, version: 1, ...client })
  t.strictSame(last.evicted.toSorted(), [ids[0], ids[2], fourth.sessionId].toSorted(), 'a limit that became smaller')
})

t.test('expired sessions make room before any other, and are not told as evicted', async (t) => {
  const userId = newId(0)
  const unused = await begin(userId)
  const live = await begin(userId)
  await lastUsed(userId, unused.sessionId, Date.now() - HOUR)
  const tooOld = newId(Date.now() - 2 * HOUR)
  await lastUsed(userId, tooOld, Date.now())
  const next = await begin(userId)
  t.strictSame(next.evicted, [])
  t.strictSame((await handle.client.hkeys(keyOf(userId))).toSorted(), ['@', live.sessionId, next.sessionId].toSorted())
})

t.test('100 logins at once stay within the limit, and each that made room is told once', async (t) => {
  const userId = newId(0)
  const begun = await Promise.all(Array.from({ length: 100 }, () => begin(userId)))
  const evicted = begun.flatMap((each) => each.evicted)
  t.equal(evicted.length, 97)
  t.equal(new Set(evicted).size, 97)
  t.equal(await handle.client.hlen(keyOf(userId)), 4)
})

t.test('one session is removed once', async (t) => {
  const userId = newId(0)
  const [one, other] = [await begin(userId), await begin(userId)]
  t.equal(await store.remove(userId, one.sessionId), true)
  t.equal(await store.remove(userId, one.sessionId), false)
  t.strictSame(await idsOf(userId), [other.sessionId])
  t.equal(await store.remove(userId, other.sessionId), true)
  t.equal(await handle.client.exists(keyOf(userId)), 0, 'nothing is left of a user without sessions')
  t.equal(await store.remove(userId, other.sessionId), false)
})

t.test('all sessions are removed, but the one to keep and those that began later', async (t) => {
  const userId = newId(0)
  const now = Date.now()
  const old = await begin(userId, now - 1000)
  const kept = await begin(userId, now - 500)
  const later = await begin(userId, now + 500)
  t.strictSame(await store.removeAll(userId, kept.sessionId, now), [old.sessionId])
  t.strictSame(await idsOf(userId), [kept.sessionId, later.sessionId].toSorted())
  t.strictSame(await store.removeAll(userId, null, now + 499), [kept.sessionId])
  t.strictSame(await store.removeAll(userId, null, now + 500), [later.sessionId], 'the moment itself included')
  t.equal(await handle.client.exists(keyOf(userId)), 0)
  t.strictSame(await store.removeAll(userId, null, Number.MAX_SAFE_INTEGER), [])
})

t.test('Redis forgets a user when the last session can no longer be refreshed', async (t) => {
  const userId = newId(0)
  const ttl = () => handle.client.pttl(keyOf(userId))
  const { sessionId } = await begin(userId, Date.now() - 90 * 60_000)
  const half = HOUR / 2
  t.ok(Math.abs((await ttl()) - half) < 5000, 'bounded by the greatest age of the session')
  await begin(userId)
  t.ok(Math.abs((await ttl()) - HOUR) < 5000, 'a longer one prolongs it')
  await store.refresh(userId, sessionId, 1)
  t.ok((await ttl()) > HOUR - 5000, 'a shorter one does not cut it')
  await handle.client.pexpire(keyOf(userId), 1000)
  await store.refresh(userId, sessionId, 2)
  t.ok((await ttl()) > half - 10_000, 'a refresh prolongs it')
})

for (const [who, from, limit] of [
  ['a small client', client, 400],
  ['a browser on IPv6', browser, 600],
] as const) {
  t.test(`the session of ${who}: at most ${limit} bytes, the same after any number of refreshes`, async (t) => {
    const userId = newId(0)
    const sessionId = newId(Date.now())
    await store.create({ userId, sessionId, profile, version: 1, ...from })
    const size = async () => ({
      memory: Number(await handle.client.memory('USAGE', keyOf(userId))),
      text: JSON.stringify(await handle.client.hgetall(keyOf(userId))).length,
    })
    const before = await size()
    for (let generation = 1; generation < 9; generation++) await store.refresh(userId, sessionId, generation)
    t.strictSame(await size(), before)
    for (let generation = 9; generation < 500; generation++) await store.refresh(userId, sessionId, generation)
    const after = await size()
    t.equal(after.text, before.text + 2, 'but for the digits of the generation')
    t.comment(`MEMORY USAGE: ${after.memory}`)
    t.ok(after.memory <= limit)
  })
}

t.test('what Redis holds of a session is no secret: nothing that could be replayed', async (t) => {
  const userId = newId(0)
  const { sessionId } = await begin(userId)
  await store.refresh(userId, sessionId, 1)
  const { '@': user = '', [sessionId]: session = '', ...rest } = await handle.client.hgetall(keyOf(userId))
  t.strictSame(JSON.parse(user), profile)
  t.match(JSON.parse(session), [2, Number, client.ip, client.userAgent])
  t.equal(JSON.parse(session).length, 4)
  t.strictSame(rest, {})
})

t.test('all sessions of all users can be counted, a stretch at a time', async (t) => {
  await handle.client.flushall()
  t.equal(await store.count(() => true), 0)
  await handle.client.set('tokenforge:budget:account:{x}', 1)
  await Promise.all(Array.from({ length: 1500 }, () => begin(newId(Date.now()))))
  const userId = newId(0)
  for (let i = 0; i < 3; i++) await begin(userId)
  let stretches = 0
  t.equal(
    await store.count(() => {
      stretches += 1
      return true
    }),
    1503,
  )
  t.ok(stretches > 1)
  t.equal(await store.count(() => false), null, 'not finished: no number rather than a wrong one')
})
