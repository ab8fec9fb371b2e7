import t, { type Test } from 'tap'
import type { OwnChange } from '../../../lib/keys/key-ring.ts'
import { activeKey } from '../../../lib/keys/ring.ts'
import { until } from '../../fixtures/app.ts'
import { emptyStores, newRingInstance, type RingInstance } from '../../fixtures/key-rings.ts'
import { startServers } from '../../fixtures/servers.ts'

const servers = await startServers(t, { postgres: true, redis: true })
const urls = { postgres: servers.postgres.url, redis: servers.redis.url }
const unavailable = { code: 'dependency_unavailable', details: { dependency: 'signing-keys' } }

async function pair(t: Test) {
  const [one, other] = [await newRingInstance(t, urls), await newRingInstance(t, urls)]
  await emptyStores(one)
  await one.keyRing.bootstrap()
  await other.keyRing.bootstrap()
  await one.keyRing.maintain()
  return { one, other, before: one.keyRing.material().ring }
}

const kids = ({ keyRing }: RingInstance) => [...keyRing.material().verification.keys()]
const stored = async ({ stores }: RingInstance) => [await stores.redis.load(), await stores.postgres.load()]

t.test('every key goes, a fresh one signs at once, and sessions live on', async (t) => {
  const { one, other, before } = await pair(t)
  const { ring, persisted } = await one.keyRing.revokeAll(false)
  t.strictSame(persisted, ['redis', 'postgres'])
  t.match(ring, { epoch: 2, sessionEpoch: 1, version: before.version + 1 })
  t.strictSame(kids(one), [activeKey(ring)?.kid])
  t.equal(one.keyRing.signingKey().kid, activeKey(ring)?.kid)
  for (const { kid } of before.keys) {
    t.equal(one.keyRing.verificationKey(kid), undefined)
    t.equal(one.keyRing.isWithdrawn(kid), true)
    t.notOk(JSON.stringify(await one.redis.client.hgetall('tokenforge:{shared}:ring')).includes(kid))
  }
  t.strictSame(await stored(one), [ring, ring])
  await other.look('redis')
  t.strictSame(other.keyRing.ring, ring)
})

t.test('with sessions the session epoch goes up too', async (t) => {
  const { one } = await pair(t)
  t.match((await one.keyRing.revokeAll(true)).ring, { epoch: 2, sessionEpoch: 2 })
  t.match((await one.keyRing.revokeAll(false)).ring, { epoch: 3, sessionEpoch: 2 })
})

t.test('one store is enough, whichever; the other gets it when it is back', async (t) => {
  for (const gone of ['redis', 'postgres'] as const) {
    const { one, other } = await pair(t)
    await servers[gone].stop()
    const { ring, persisted } = await one.keyRing.revokeAll(false)
    t.strictSame(
      persisted,
      ['redis', 'postgres'].filter((name) => name !== gone),
    )
    t.equal(ring.epoch, 2)
    const sign = () => one.keyRing.signingKey().kid
    if (gone === 'redis') t.throws(sign, { ...unavailable, cause: { message: /redis does not hold/ } })
    else t.equal(sign(), activeKey(ring)?.kid)
    await servers[gone].start()
    await until(() => one.redis.client.ping().catch(() => null))
    await one.look(gone)
    t.equal(sign(), activeKey(ring)?.kid)
    t.strictSame(await stored(one), [ring, ring])
    await until(() => other.redis.client.ping().catch(() => null))
    await other.look('redis', 'postgres')
    t.strictSame(other.keyRing.ring, ring)
  }
})

t.test('with neither store it is an outage, and nothing has changed', async (t) => {
  const { one, before } = await pair(t)
  await Promise.all([servers.redis.stop(), servers.postgres.stop()])
  await t.rejects(one.keyRing.revokeAll(true), unavailable)
  t.equal(one.keyRing.ring, before)
  t.equal(one.keyRing.signingKey().kid, activeKey(before)?.kid)
  await Promise.all([servers.redis.start(), servers.postgres.start()])
  await until(() => one.redis.client.ping().catch(() => null))
  t.strictSame(await stored(one), [before, before])
  t.match(await one.keyRing.revokeAll(true), { ring: { epoch: 2 }, persisted: ['redis', 'postgres'] })
})

t.test('an instance that was cut off adopts the higher epoch, whatever it did alone', async (t) => {
  const { one, other } = await pair(t)
  other.redis.reachable = false
  other.postgres.reachable = false
  const { ring } = await one.keyRing.revokeAll(false)
  await t.rejects(other.keyRing.rotate(), unavailable)
  await t.rejects(other.look('redis'), { code: 'dependency_unavailable' })
  other.redis.reachable = true
  await other.look('redis')
  t.strictSame(other.keyRing.ring, ring)
  t.equal(other.keyRing.signingKey().kid, activeKey(ring)?.kid)
})

t.test('an emergency wins over any number of rotations on the other side of a split network', async (t) => {
  const { one, other } = await pair(t)
  one.postgres.reachable = false
  other.redis.reachable = false
  for (let i = 0; i < 3; i++) await other.keyRing.rotate()
  const { ring } = await one.keyRing.revokeAll(false)
  one.postgres.reachable = true
  other.redis.reachable = true
  for (const each of [one, other]) await each.look('redis', 'postgres')
  t.strictSame(one.keyRing.ring, ring)
  t.strictSame(other.keyRing.ring, ring)
  t.strictSame(await stored(one), [ring, ring])
})

t.test('an instance that is behind voids also what others did meanwhile', async (t) => {
  const { one, other } = await pair(t)
  await other.keyRing.rotate()
  const { ring, persisted } = await one.keyRing.revokeAll(false)
  t.strictSame(persisted, ['redis', 'postgres'])
  t.equal(ring.epoch, 2)
  t.strictSame(await stored(other), [ring, ring])
  await other.look('redis')
  t.strictSame(kids(other), [activeKey(ring)?.kid])
})

t.test('two emergencies at once are one', async (t) => {
  for (const sessions of [false, true]) {
    const { one, other } = await pair(t)
    const [left, right] = await Promise.all([one.keyRing.revokeAll(sessions), other.keyRing.revokeAll(sessions)])
    t.strictSame(left.ring, right.ring)
    t.match(left.ring, { epoch: 2, sessionEpoch: sessions ? 2 : 1 })
    t.strictSame(await stored(one), [left.ring, left.ring])
    t.strictSame(one.keyRing.ring, other.keyRing.ring)
  }
})

t.test('an emergency that asks for more than the one that was faster is done as well', async (t) => {
  const { one, other } = await pair(t)
  await one.keyRing.revokeAll(false)
  const { ring, persisted } = await other.keyRing.revokeAll(true)
  t.equal(ring.sessionEpoch, 2)
  t.strictSame(persisted, ['redis', 'postgres'])
  await one.look('redis', 'postgres')
  await other.look('redis', 'postgres')
  t.equal(one.keyRing.ring?.sessionEpoch, 2)
  t.strictSame(one.keyRing.ring, other.keyRing.ring)
})

t.test('each emergency signs with a key that never signed before', async (t) => {
  const { one } = await pair(t)
  const signers = new Set<string>()
  for (let i = 0; i < 3; i++) {
    signers.add(one.keyRing.signingKey().kid)
    await one.keyRing.revokeAll(false)
  }
  t.equal(signers.size, 3)
})

t.test('also when the answer of an earlier one was lost', async (t) => {
  const { one, before } = await pair(t)
  one.postgres.reachable = false
  one.redis.losesAnswers = true
  await t.rejects(one.keyRing.revokeAll(false), unavailable)
  one.postgres.reachable = true
  one.redis.losesAnswers = false
  await one.look('redis')
  const early = one.keyRing.signingKey().kid
  t.not(early, activeKey(before)?.kid, 'it had taken effect, and has signed since')
  await one.keyRing.revokeAll(false)
  t.not(one.keyRing.signingKey().kid, early)
  t.equal(one.keyRing.verificationKey(early), undefined)
})

t.test('two emergencies in a split network end in a third: each was to void what it did not know of', async (t) => {
  for (const sessions of [false, true]) {
    const { one, other } = await pair(t)
    const own: OwnChange[] = []
    for (const { keyRing } of [one, other]) keyRing.onOwnChange((change) => own.push(change))
    one.postgres.reachable = false
    other.redis.reachable = false
    const left = (await one.keyRing.revokeAll(sessions)).ring
    await other.keyRing.revokeAll(sessions)
    await other.keyRing.rotate()
    const right = other.keyRing.material().ring
    one.postgres.reachable = true
    other.redis.reachable = true
    for (let i = 0; i < 2; i++) for (const each of [one, other]) await each.look('redis', 'postgres')
    const { ring } = one.keyRing
    t.match(ring, { epoch: 3, sessionEpoch: sessions ? 3 : 1 })
    t.strictSame(other.keyRing.ring, ring)
    t.strictSame(await stored(one), [ring, ring])
    for (const { kid } of [...left.keys, ...right.keys]) {
      for (const { keyRing } of [one, other]) t.equal(keyRing.verificationKey(kid), undefined)
    }
    t.equal(one.keyRing.signingKey().kid, other.keyRing.signingKey().kid)
    t.match([...one.log, ...other.log].join(), /two emergencies in a split network/)
    t.strictSame(own, [{ type: 'revoked', ring }], 'the third alone is told as its own')
  }
})

t.test('an instance that starts between two such emergencies settles them as well', async (t) => {
  const { one, other } = await pair(t)
  one.postgres.reachable = false
  other.redis.reachable = false
  await one.keyRing.revokeAll(false)
  await other.keyRing.revokeAll(false)
  const third = await newRingInstance(t, urls)
  await third.keyRing.bootstrap()
  await third.look('redis', 'postgres')
  await third.look('redis', 'postgres')
  t.equal(third.keyRing.ring?.epoch, 3)
  t.strictSame(await stored(third), [third.keyRing.ring, third.keyRing.ring])
  t.equal(third.keyRing.isShared, true)
})
