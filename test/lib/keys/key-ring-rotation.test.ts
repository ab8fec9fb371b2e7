import t, { type Test } from 'tap'
import type { OwnChange } from '../../../lib/keys/key-ring.ts'
import { activeKey, nextKey, type Ring } from '../../../lib/keys/ring.ts'
import { until } from '../../fixtures/app.ts'
import { DAY, emptyStores, newRingInstance } from '../../fixtures/key-rings.ts'
import { startServers } from '../../fixtures/servers.ts'

const servers = await startServers(t, { postgres: true, redis: true })
const urls = { postgres: servers.postgres.url, redis: servers.redis.url }
const MINUTE = 60_000

/** Two instances on one new ring. */
async function pair(t: Test) {
  const [one, other] = [await newRingInstance(t, urls), await newRingInstance(t, urls)]
  await emptyStores(one)
  await one.keyRing.bootstrap()
  await other.keyRing.bootstrap()
  return { one, other, before: one.keyRing.material().ring }
}

const stored = async ({ stores }: Awaited<ReturnType<typeof newRingInstance>>) => [
  await stores.redis.load(),
  await stores.postgres.load(),
]

t.test(
  'a planned rotation: the published key signs, the old one goes on verifying, everybody learns of it',
  async (t) => {
    const { one, other, before } = await pair(t)
    const changes: [Ring, Ring | undefined][] = []
    other.keyRing.onChange((...change) => changes.push(change))
    const ring = await one.keyRing.rotate()
    t.equal(activeKey(ring)?.kid, nextKey(before)?.kid)
    t.not(nextKey(ring)?.kid, nextKey(before)?.kid)
    t.ok(one.keyRing.verificationKey(activeKey(before)?.kid ?? ''))
    t.strictSame(await stored(one), [ring, ring])
    await other.look('redis')
    t.strictSame(other.keyRing.ring, ring)
    t.strictSame(changes, [[ring, before]])
    t.equal(other.keyRing.signingKey().kid, one.keyRing.signingKey().kid)
  },
)

t.test('two rotations at once make one', async (t) => {
  for (let round = 0; round < 5; round++) {
    const { one, other, before } = await pair(t)
    const rings = await Promise.all([one.keyRing.rotate(), other.keyRing.rotate()])
    await Promise.all([one.look('redis', 'postgres'), other.look('redis', 'postgres')])
    const { ring } = one.keyRing
    t.strictSame(other.keyRing.ring, ring)
    t.strictSame(await stored(one), [ring, ring])
    t.equal(ring?.version, before.version + 1)
    t.equal(ring && activeKey(ring)?.kid, nextKey(before)?.kid)
    t.strictSame(
      rings.map((each) => activeKey(each)?.kid),
      Array(2).fill(nextKey(before)?.kid),
    )
  }
})

t.test('two that one instance is asked for at once are one as well, one after the other they are two', async (t) => {
  const { one, before } = await pair(t)
  await Promise.all([one.keyRing.rotate(), one.keyRing.rotate()])
  t.equal(one.keyRing.ring?.version, before.version + 1)
  await one.keyRing.rotate()
  t.equal(one.keyRing.ring?.version, before.version + 2)
  t.equal(one.keyRing.ring?.keys.length, 4)
})

t.test('a store that was emptied gets the ring back from memory', async (t) => {
  const { one, other, before } = await pair(t)
  await emptyStores(one)
  await one.look('redis')
  t.strictSame(await stored(one), [before, null])
  await other.look('postgres')
  t.strictSame(await stored(one), [before, before])
  for (const { log } of [one, other]) t.ok(log.includes('a store was behind and got the key ring back'))
})

t.test('a store that is behind is brought up to date', async (t) => {
  const { one, other, before } = await pair(t)
  one.redis.reachable = false
  const ring = await one.keyRing.rotate()
  t.strictSame(await stored(other), [before, ring])
  await other.look('redis')
  t.strictSame(other.keyRing.ring, before, 'Redis alone does not know yet')
  one.redis.reachable = true
  await one.look('redis')
  t.strictSame(await stored(one), [ring, ring])
  await other.look('redis')
  t.strictSame(other.keyRing.ring, ring)
})

t.test('with neither store a rotation is an outage, and nothing has changed', async (t) => {
  const { one, before } = await pair(t)
  await Promise.all([servers.redis.stop(), servers.postgres.stop()])
  await t.rejects(one.keyRing.rotate(), { code: 'dependency_unavailable', details: { dependency: 'signing-keys' } })
  t.equal(one.keyRing.ring, before)
  await Promise.all([servers.redis.start(), servers.postgres.start()])
  await until(() => one.redis.client.ping().catch(() => null))
  t.strictSame(await stored(one), [before, before])
})

t.test('changes made in a split network come together, and no token dies', async (t) => {
  for (const [left, right] of [
    [1, 2],
    [2, 1],
    [2, 3],
  ] as const) {
    const { one, other } = await pair(t)
    one.postgres.reachable = false
    other.redis.reachable = false
    const signers = new Set<string>()
    const signer = ({ keyRing }: typeof one) => {
      if (keyRing.isShared) signers.add(keyRing.signingKey().kid)
    }
    for (const [instance, rotations] of [
      [one, left],
      [other, right],
    ] as const) {
      signer(instance)
      for (let i = 0; i < rotations; i++) {
        await instance.keyRing.rotate()
        signer(instance)
      }
    }
    one.postgres.reachable = true
    other.redis.reachable = true
    for (let i = 0; i < 2; i++) for (const each of [one, other]) await each.look('redis', 'postgres')
    t.strictSame(one.keyRing.ring, other.keyRing.ring)
    t.strictSame(await stored(one), [one.keyRing.ring, one.keyRing.ring])
    const dead = [...signers].filter((kid) => one.keyRing.verificationKey(kid) === undefined)
    t.strictSame(dead, [], `after ${left} rotations here and ${right} there every key that has signed verifies`)
  }
})

t.test('the same rotation on both sides of a split network ends in one ring', async (t) => {
  const { one, other } = await pair(t)
  one.postgres.reachable = false
  other.redis.reachable = false
  await one.keyRing.rotate()
  await other.keyRing.rotate()
  one.postgres.reachable = true
  other.redis.reachable = true
  for (let i = 0; i < 2; i++) for (const each of [one, other]) await each.look('redis', 'postgres')
  const next = [one, other].map(({ keyRing }) => nextKey(keyRing.material().ring)?.kid)
  t.equal(next[0], next[1], 'both publish the same next key')
  const [inRedis, inPostgres] = await stored(one)
  t.strictSame(inRedis, inPostgres)
})

t.test('the schedule: rotation when it is time, and retired keys go', async (t) => {
  const { one, before } = await pair(t)
  const { keyRing, clock } = one
  await keyRing.maintain()
  t.equal(keyRing.ring, before)
  clock.advance(30 * DAY)
  await keyRing.maintain()
  t.equal(activeKey(keyRing.material().ring)?.kid, nextKey(before)?.kid)
  t.equal(keyRing.ring?.keys.length, 3)
  clock.advance(DAY)
  await keyRing.maintain()
  t.equal(keyRing.ring?.keys.length, 2)
  t.equal(keyRing.verificationKey(activeKey(before)?.kid ?? ''), undefined)
  t.strictSame(await stored(one), [keyRing.ring, keyRing.ring])
})

t.test('another algorithm is published first, then used', async (t) => {
  const { before } = await pair(t)
  const { keyRing, clock } = await newRingInstance(t, urls, { signingAlg: 'EdDSA' })
  await keyRing.bootstrap()
  await keyRing.maintain()
  t.match(nextKey(keyRing.material().ring), { alg: 'EdDSA' })
  t.equal(keyRing.signingKey().alg, 'ES256')
  clock.advance(10 * MINUTE)
  await keyRing.maintain()
  t.equal(keyRing.signingKey().alg, 'EdDSA')
  t.match(keyRing.verificationKey(activeKey(before)?.kid ?? ''), { alg: 'ES256' })
})

t.test('two instances on schedule do it once', async (t) => {
  const { one, other, before } = await pair(t)
  const told: OwnChange[] = []
  for (const { keyRing } of [one, other]) keyRing.onOwnChange((change) => told.push(change))
  await one.keyRing.rotate()
  t.strictSame(told, [], 'what was asked for is nothing of its own')
  await other.look('redis')
  for (const { clock } of [one, other]) clock.advance(30 * DAY)
  await Promise.all([one.keyRing.maintain(), other.keyRing.maintain()])
  await Promise.all([one.look('redis', 'postgres'), other.look('redis', 'postgres')])
  t.strictSame(one.keyRing.ring, other.keyRing.ring)
  t.equal(one.keyRing.ring?.version, before.version + 2)
  t.strictSame(told, [{ type: 'rotated', ring: one.keyRing.ring }], 'one of them tells')
})

t.test('a spare that can not be made is told, and hinders nothing else', async (t) => {
  await pair(t)
  const { keyRing, log } = await newRingInstance(t, urls, { signingAlg: 'RS256', rsaBits: -1 })
  await keyRing.bootstrap()
  await t.rejects(keyRing.maintain(), { code: 'ERR_OUT_OF_RANGE' })
  t.ok(log.includes('the spare signing key could not be made'))
  t.equal(keyRing.canSign, true)
})
