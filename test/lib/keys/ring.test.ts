import t from 'tap'
import {
  activeKey,
  compareStamps,
  createRing,
  nextKey,
  prune,
  replaceNext,
  revokeAll,
  rotate,
  stampOf,
} from '../../../lib/keys/ring.ts'
import { namedKey, shape } from '../../fixtures/keys.ts'

const first = createRing(namedKey('a'), namedKey('b'), 1000)

t.test('the first ring: one key signs, the next is published with it', async (t) => {
  t.strictSame(shape(first), ['active a', 'next b'])
  t.strictSame(stampOf(first), { epoch: 1, sessionEpoch: 1, version: 1 })
  t.match(activeKey(first), { kid: 'a', createdAt: 1000, activatedAt: 1000, retiredAt: null })
  t.match(nextKey(first), { kid: 'b', createdAt: 1000, activatedAt: null, retiredAt: null })
})

t.test('planned rotation: the next signs, the active one goes on verifying without its private half', async (t) => {
  const second = rotate(first, namedKey('c'), 2000)
  t.strictSame(shape(second), ['active b', 'next c', 'retired a'])
  t.strictSame(stampOf(second), { epoch: 1, sessionEpoch: 1, version: 2 })
  t.match(activeKey(second), { kid: 'b', createdAt: 1000, activatedAt: 2000, sealed: 'sealed b' })
  const old = second.keys.find((key) => key.kid === 'a')
  t.match(old, { retiredAt: 2000, activatedAt: 1000 })
  t.equal(old?.sealed, null)
  t.strictSame(shape(first), ['active a', 'next b'], 'the ring before is not touched')
  t.strictSame(shape(rotate(second, namedKey('d'), 3000)), ['active c', 'next d', 'retired a', 'retired b'])
  const again = rotate(second, namedKey('d'), 3000).keys.find((key) => key.kid === 'a')
  t.equal(again?.retiredAt, 2000, 'a retired key keeps its time')
})

t.test('a rotation without a next key signs with the new one at once', async (t) => {
  const bare = revokeAll(first, namedKey('x'), false, 2000)
  const rotated = rotate(bare, namedKey('y'), 3000)
  t.strictSame(shape(rotated), ['active y', 'retired x'])
  t.match(activeKey(rotated), { createdAt: 3000, activatedAt: 3000 })
})

t.test('another next key takes the place of the one there was', async (t) => {
  const ring = replaceNext(first, namedKey('c'), 2000)
  t.strictSame(shape(ring), ['active a', 'next c'])
  t.equal(ring.version, 2)
  const bare = revokeAll(first, namedKey('x'), false, 2000)
  t.strictSame(shape(replaceNext(bare, namedKey('y'), 3000)), ['active x', 'next y'])
})

t.test('an emergency leaves no key but the new one', async (t) => {
  const ring = revokeAll(rotate(first, namedKey('c'), 2000), namedKey('x'), false, 3000)
  t.strictSame(shape(ring), ['active x'])
  t.strictSame(stampOf(ring), { epoch: 2, sessionEpoch: 1, version: 3 })
  t.match(activeKey(ring), { createdAt: 3000, activatedAt: 3000 })
  t.strictSame(stampOf(revokeAll(first, namedKey('x'), true, 3000)), { epoch: 2, sessionEpoch: 2, version: 2 })
})

t.test('a retired key goes when its time is over, not before', async (t) => {
  const ring = rotate(rotate(first, namedKey('c'), 2000), namedKey('d'), 2500)
  t.equal(prune(ring, 1000, 2999), ring, 'nothing to do: the same ring')
  const pruned = prune(ring, 1000, 3000)
  t.strictSame(shape(pruned), ['active c', 'next d', 'retired b'])
  t.equal(pruned.version, ring.version + 1)
  t.strictSame(shape(prune(ring, 1000, 1e9)), ['active c', 'next d'])
})

t.test('a ring is newer by epoch, then session epoch, then version', async (t) => {
  const stamp = (epoch: number, sessionEpoch: number, version: number) => ({ epoch, sessionEpoch, version })
  const ascending = [stamp(1, 1, 1), stamp(1, 1, 9), stamp(1, 2, 1), stamp(2, 1, 1), stamp(2, 1, 2), stamp(10, 0, 0)]
  for (const [i, a] of ascending.entries()) {
    for (const [j, b] of ascending.entries()) t.equal(Math.sign(compareStamps(a, b)), Math.sign(i - j))
  }
})

t.test('no key and no next key', async (t) => {
  t.equal(activeKey({ ...first, keys: [] }), undefined)
  t.equal(nextKey({ ...first, keys: [] }), undefined)
})
