import t from 'tap'
import { createRing, digestOf, type Ring, replaceNext, revokeAll, rotate } from '../../../lib/keys/ring.ts'
import { PostgresKeyRingStore } from '../../../lib/store/key-ring-postgres.ts'
import { RedisKeyRingStore } from '../../../lib/store/key-ring-redis.ts'
import { headOf, type KeyRingStore, parseRing } from '../../../lib/store/key-ring-store.ts'
import { postgresHandle, redisHandle } from '../../fixtures/handles.ts'
import { namedKey } from '../../fixtures/keys.ts'
import { startServers } from '../../fixtures/servers.ts'
import { sharedDatabase } from '../../fixtures/shared-postgres.ts'

const { redis: server } = await startServers(t, { redis: true })
const redis = await redisHandle(t, server.url)
const postgres = await postgresHandle(t, await sharedDatabase(t))
const stores: KeyRingStore[] = [new RedisKeyRingStore(redis.handle, 900_000), new PostgresKeyRingStore(postgres.handle)]

const first = createRing(namedKey('a'), namedKey('b'), 0)
const second = rotate(first, namedKey('c'), 1)
const emergency = revokeAll(first, namedKey('x'), false, 1)
const withSessions = revokeAll(first, namedKey('y'), true, 1)

t.beforeEach(async () => {
  await redis.client.flushall()
  await postgres.pool.query('DELETE FROM key_ring')
})

for (const store of stores) {
  t.test(`${store.name}: a ring comes back as it was put`, async (t) => {
    t.equal(await store.load(), null)
    for (const ring of [first, second, emergency]) {
      t.equal(await store.putIfNewer(ring), true)
      t.strictSame(await store.load(), ring)
    }
  })

  t.test(`${store.name}: only a newer ring is taken: by epoch, session epoch, version`, async (t) => {
    const ascending: Ring[] = [first, second, emergency, rotate(emergency, namedKey('d'), 2), withSessions]
    for (const [i, ring] of ascending.entries()) {
      t.equal(await store.putIfNewer(ring), true)
      for (const older of ascending.slice(0, i + 1)) t.equal(await store.putIfNewer(older), false)
      t.strictSame(await store.load(), ring)
    }
    t.equal(await store.putIfNewer(replaceNext(first, namedKey('e'), 2)), false)
  })

  t.test(`${store.name}: of many changes at once one is taken`, async (t) => {
    await store.putIfNewer(first)
    const rings = Array.from({ length: 20 }, (_, i) => rotate(first, namedKey(`n${i}`), i))
    const taken = await Promise.all(rings.map((ring) => store.putIfNewer(ring)))
    t.equal(taken.filter(Boolean).length, 1)
    t.strictSame(await store.load(), rings[taken.indexOf(true)])
  })
}

t.test('postgres: a change that comes after its deadline changes nothing', async (t) => {
  const store = new PostgresKeyRingStore(postgres.handle)
  await store.putIfNewer(first)
  postgres.deadline = Date.now() - 1000
  await t.rejects(store.putIfNewer(second), { code: 'dependency_unavailable' })
  t.strictSame(await store.load(), first)
  await postgres.pool.query('DELETE FROM key_ring')
  await t.rejects(store.putIfNewer(second), { code: 'dependency_unavailable' })
  t.equal(await store.load(), null)
})

t.test('a damaged ring is an error, not a ring and not none', async (t) => {
  const [key] = first.keys
  for (const document of [
    null,
    'text',
    [],
    {},
    { ...first, epoch: '1' },
    { ...first, keys: {} },
    { ...first, keys: [{ ...key, alg: 'HS256' }] },
    { ...first, keys: [{ ...key, state: 'active?' }] },
    { ...first, keys: [{ ...key, publicJwk: { ...key?.publicJwk, d: 'private' } }] },
  ]) {
    t.throws(() => parseRing(document), { message: 'the stored key ring is damaged' }, JSON.stringify(document))
  }
  await postgres.pool.query(
    `INSERT INTO key_ring (epoch, session_epoch, version, digest, document) VALUES (1, 1, 1, 'a', '{"keys": 1}')`,
  )
  await redis.client.hset('tokenforge:{shared}:ring', 'document', '{"keys": 1}')
  for (const store of stores) await t.rejects(store.load(), { message: 'the stored key ring is damaged' })
})

t.test('the head of a ring', async (t) => {
  t.strictSame(headOf(second), { epoch: 1, sessionEpoch: 1, version: 2, digest: digestOf(second) })
  t.not(headOf({ ...first, keys: [] }).digest, headOf(first).digest)
})
