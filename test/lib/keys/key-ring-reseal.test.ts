import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { unseal } from '../../../lib/keys/sealing.ts'
import { emptyStores, KEY_ENCRYPTION_KEY, newRingInstance } from '../../fixtures/key-rings.ts'
import { startServers } from '../../fixtures/servers.ts'
import { sharedDatabase } from '../../fixtures/shared-postgres.ts'

const { redis: server } = await startServers(t, { redis: true })
const urls = { postgres: await sharedDatabase(t), redis: server.url }
const next = randomBytes(32)

/** A ring that was made under the old key-encryption key: an instance that accepts the next one, and one that uses it. */
async function pair(t: Test) {
  const before = await newRingInstance(t, urls, { secondKeyEncryptionKey: next })
  await emptyStores(before)
  await before.keyRing.bootstrap()
  const keks = { keyEncryptionKey: next, secondKeyEncryptionKey: KEY_ENCRYPTION_KEY }
  const after = await newRingInstance(t, urls, keks)
  await after.keyRing.bootstrap()
  return { before, after }
}

t.test('both sign all the time, and the keys end up under the next key in both stores', async (t) => {
  const { before, after } = await pair(t)
  const { kid, privatePem } = before.keyRing.signingKey()
  t.match(after.keyRing.signingKey(), { kid, privatePem })

  const { kids, holders } = await after.keyRing.reseal()
  t.strictSame(
    kids.toSorted(),
    after.keyRing
      .material()
      .ring.keys.map((key) => key.kid)
      .toSorted(),
  )
  t.strictSame(holders, ['redis', 'postgres'])
  for (const store of Object.values(after.stores)) {
    for (const key of (await store.load())?.keys ?? []) t.ok(unseal(next, key.kid, key.sealed ?? ''), store.name)
  }
  await before.look('redis', 'postgres')
  t.match(before.keyRing.signingKey(), { kid, privatePem })
  t.notOk(before.log.some((line) => /can not be opened/.test(line)))

  const again = await after.keyRing.reseal()
  t.strictSame(again, { kids: [], holders: ['redis', 'postgres'] }, 'there is nothing left to do')
  const alone = await newRingInstance(t, urls, { keyEncryptionKey: next })
  await alone.keyRing.bootstrap()
  t.equal(alone.keyRing.signingKey().kid, kid, 'without the old key-encryption key')
})

t.test('a rotation elsewhere meanwhile is kept, and what it brought is sealed anew as well', async (t) => {
  const { before, after } = await pair(t)
  const rotated = await before.keyRing.rotate()
  await after.keyRing.reseal()
  const { keys } = after.keyRing.material().ring
  t.strictSame(
    keys.map((key) => key.kid),
    rotated.keys.map((key) => key.kid),
  )
  for (const { kid, sealed } of keys) if (sealed !== null) t.ok(unseal(next, kid, sealed))
})

t.test('a key that neither opens is not touched', async (t) => {
  const { after, before } = await pair(t)
  const lost = await newRingInstance(t, urls, { keyEncryptionKey: randomBytes(32) })
  await lost.keyRing.bootstrap()
  await t.rejects(lost.keyRing.reseal())
  t.strictSame(await after.stores.redis.load(), before.keyRing.ring)
})

t.test('with one store gone the other takes it, and with both nothing has changed', async (t) => {
  const { after, before } = await pair(t)
  after.redis.reachable = false
  after.postgres.reachable = false
  await t.rejects(after.keyRing.reseal(), { code: 'dependency_unavailable' })
  t.strictSame(after.keyRing.ring, before.keyRing.ring)
  after.redis.reachable = true
  t.strictSame((await after.keyRing.reseal()).holders, ['redis'])
})
