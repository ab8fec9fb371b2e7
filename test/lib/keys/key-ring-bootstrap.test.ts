import { randomBytes } from 'node:crypto'
import t from 'tap'
import { createRing, revokeAll, rotate, stampOf } from '../../../lib/keys/ring.ts'
import { headOf } from '../../../lib/store/key-ring-store.ts'
import { until } from '../../fixtures/app.ts'
import { emptyStores, newRingInstance } from '../../fixtures/key-rings.ts'
import { realKey } from '../../fixtures/keys.ts'
import { startServers } from '../../fixtures/servers.ts'

const servers = await startServers(t, { postgres: true, redis: true })
const urls = { postgres: servers.postgres.url, redis: servers.redis.url }
const first = await newRingInstance(t, urls)
const unavailable = { code: 'dependency_unavailable', details: { dependency: 'signing-keys' } }

t.beforeEach(() => emptyStores(first))

t.test('before there is a ring nothing can be signed or verified, and it is said so', async (t) => {
  const { keyRing } = await newRingInstance(t, urls)
  t.equal(keyRing.ring, undefined)
  t.equal(keyRing.canSign, false)
  t.equal(keyRing.ageMs, Number.POSITIVE_INFINITY)
  for (const use of [() => keyRing.material(), () => keyRing.signingKey(), () => keyRing.verificationKey('x')]) {
    t.throws(use, unavailable)
  }
  await t.rejects(keyRing.rotate(), unavailable)
  await t.rejects(keyRing.revokeAll(true), unavailable)
  await keyRing.maintain()
  t.equal(keyRing.ring, undefined, 'and none is made by the way')
})

t.test('the first instance makes the ring and writes it to both stores', async (t) => {
  const { keyRing, stores, clock } = await newRingInstance(t, urls)
  await keyRing.bootstrap()
  const { ring } = keyRing
  t.strictSame(stampOf(keyRing.material().ring), { epoch: 1, sessionEpoch: 1, version: 1 })
  t.strictSame(
    ring?.keys.map(({ state, alg }) => [state, alg]),
    [
      ['active', 'ES256'],
      ['next', 'ES256'],
    ],
  )
  t.strictSame(await stores.redis.load(), ring)
  t.strictSame(await stores.postgres.load(), ring)
  t.equal(keyRing.canSign, true)
  t.equal(keyRing.signingKey().kid, ring?.keys[0]?.kid)
  t.match(keyRing.verificationKey(ring?.keys[1]?.kid ?? ''), { alg: 'ES256', publicPem: /BEGIN PUBLIC KEY/ })
  t.equal(keyRing.verificationKey('unknown'), undefined)
  t.equal(keyRing.ageMs, 0)
  const made = clock.monotonic()
  clock.advance(1234)
  t.equal(keyRing.ageMs, 1234)
  t.equal(keyRing.knowsAllSince(made), false, 'nobody was asked yet')
  await keyRing.observe(stores.postgres, headOf(keyRing.material().ring))
  t.equal(keyRing.ageMs, 0)
  t.equal(keyRing.knowsAllSince(made), false, 'Postgres can not say that')
  await keyRing.observe(stores.redis, headOf(keyRing.material().ring))
  t.equal(keyRing.ageMs, 0)
  t.equal(keyRing.knowsAllSince(made + 1234), true)
  await keyRing.bootstrap()
  t.equal(keyRing.ring, ring, 'once')
})

t.test('no private key is in a store in clear', async (t) => {
  const { keyRing, redis, postgres } = await newRingInstance(t, urls)
  await keyRing.bootstrap()
  const inRedis = JSON.stringify(await redis.client.hgetall('tokenforge:{shared}:ring'))
  const inPostgres = JSON.stringify((await postgres.pool.query('SELECT * FROM key_ring')).rows)
  const secret = keyRing.signingKey().privatePem.split('\n')[1] ?? ''
  for (const text of [inRedis, inPostgres]) {
    t.notMatch(text, /PRIVATE/)
    t.notOk(text.includes(secret))
    t.notMatch(text, /\\?"d\\?":/)
  }
})

t.test('the next one takes the ring that it finds, in either store', async (t) => {
  const one = await newRingInstance(t, urls)
  await one.keyRing.bootstrap()
  const { ring } = one.keyRing
  for (const lost of ['none', 'redis', 'postgres']) {
    if (lost === 'redis') await one.redis.client.flushall()
    if (lost === 'postgres') {
      await one.look('redis')
      await one.postgres.pool.query('DELETE FROM key_ring')
    }
    const { keyRing, look } = await newRingInstance(t, urls)
    await keyRing.bootstrap()
    t.strictSame(keyRing.ring, ring, `${lost} is empty`)
    t.equal(keyRing.isShared, lost !== 'redis')
    await look('redis')
    t.equal(keyRing.signingKey().privatePem, one.keyRing.signingKey().privatePem)
    await one.look('redis', 'postgres')
  }
})

t.test('of two rings that differ the newer one, and no key is lost', async (t) => {
  const { keyRing, stores } = await newRingInstance(t, urls)
  const keys = await Promise.all(Array.from({ length: 4 }, () => realKey()))
  const [a, b, c, d] = keys as [(typeof keys)[0], (typeof keys)[0], (typeof keys)[0], (typeof keys)[0]]
  await stores.redis.putIfNewer(rotate(createRing(a, b, 0), c, 1))
  await stores.postgres.putIfNewer(createRing(d, b, 0))
  await keyRing.bootstrap()
  t.strictSame(
    [a, b, c, d].map(({ kid }) => keyRing.verificationKey(kid)?.alg),
    Array(4).fill('ES256'),
  )
  t.equal(keyRing.ring?.version, 3)
  const emergency = revokeAll(createRing(a, b, 0), c, false, 1)
  await emptyStores(first)
  await stores.redis.putIfNewer(rotate(createRing(a, b, 0), d, 1))
  await stores.postgres.putIfNewer(emergency)
  const other = await newRingInstance(t, urls)
  await other.keyRing.bootstrap()
  t.strictSame(other.keyRing.ring, emergency)
})

t.test('two instances that boot at once make one ring', async (t) => {
  for (let round = 0; round < 5; round++) {
    await emptyStores(first)
    const instances = await Promise.all(Array.from({ length: 2 }, () => newRingInstance(t, urls)))
    await Promise.all(instances.map(({ keyRing }) => keyRing.bootstrap()))
    const [one, other] = instances
    t.strictSame(one?.keyRing.ring, other?.keyRing.ring)
    t.strictSame(await first.stores.redis.load(), one?.keyRing.ring)
    t.strictSame(await first.stores.postgres.load(), one?.keyRing.ring)
    for (const { look } of instances) await look('redis')
    t.equal(one?.keyRing.signingKey().privatePem, other?.keyRing.signingKey().privatePem)
  }
})

t.test('a wrong key-encryption key: it verifies but does not sign, and says why', async (t) => {
  const one = await newRingInstance(t, urls)
  await one.keyRing.bootstrap()
  const { keyRing, log } = await newRingInstance(t, urls, { keyEncryptionKey: randomBytes(32) })
  await keyRing.bootstrap()
  t.equal(keyRing.canSign, false)
  t.throws(() => keyRing.signingKey(), { ...unavailable, cause: { message: /another key-encryption key/ } })
  t.match(keyRing.verificationKey(one.keyRing.signingKey().kid), { alg: 'ES256' })
  t.match(log, [/KEY_ENCRYPTION_KEY/])
  t.strictSame(keyRing.material().jwks, one.keyRing.material().jwks)
})

t.test('with Redis down a ring is read from Postgres, or made there', async (t) => {
  const [maker, reader] = [await newRingInstance(t, urls), await newRingInstance(t, urls)]
  await servers.redis.stop()
  await maker.keyRing.bootstrap()
  await reader.keyRing.bootstrap()
  t.strictSame(reader.keyRing.ring, maker.keyRing.ring)
  await servers.redis.start()
  await until(() => reader.redis.client.ping().catch(() => null))
  await reader.look('redis')
  t.strictSame(await reader.stores.redis.load(), maker.keyRing.ring, 'Redis gets it when it is back')
})

t.test('with Postgres down it is not known whether there is a ring: none is made', async (t) => {
  const instance = await newRingInstance(t, urls)
  await servers.postgres.stop()
  t.teardown(() => servers.postgres.start())
  await t.rejects(instance.keyRing.bootstrap(), { code: 'dependency_unavailable', details: { dependency: 'postgres' } })
  t.equal(instance.keyRing.ring, undefined)
  t.equal(await instance.stores.redis.load(), null)
  const ring = createRing(await realKey(), await realKey(), 0)
  await instance.stores.redis.putIfNewer(ring)
  await instance.keyRing.bootstrap()
  t.strictSame(instance.keyRing.ring, ring, 'but one in Redis is taken')
})
