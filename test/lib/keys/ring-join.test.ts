import t from 'tap'
import {
  activeKey,
  compareStamps,
  createRing,
  join,
  prune,
  type Ring,
  replaceNext,
  revokeAll,
  rotate,
  stampOf,
} from '../../../lib/keys/ring.ts'
import { namedKey, shape } from '../../fixtures/keys.ts'

const RETIREMENT_MS = 1000
const first = createRing(namedKey('a'), namedKey('b'), 0)
const kids = (ring: Ring) => new Set(ring.keys.map((key) => key.kid))

t.test('the newer of two rings that follow one another wins as it is', async (t) => {
  const second = rotate(first, namedKey('c'), 1)
  t.equal(join(first, second, RETIREMENT_MS, 2), second)
  t.equal(join(second, first, RETIREMENT_MS, 2), second)
  t.equal(join(first, first, RETIREMENT_MS, 2), first)
})

t.test('a key that the older ring signed with goes on verifying', async (t) => {
  const left = rotate(rotate(first, namedKey('left'), 1), namedKey('left2'), 2)
  const right = rotate(replaceNext(first, namedKey('right'), 1), namedKey('right2'), 2)
  for (const joined of [join(left, right, RETIREMENT_MS, 9), join(right, left, RETIREMENT_MS, 9)]) {
    const [newer, older] = activeKey(joined)?.kid === 'left' ? [left, right] : [right, left]
    t.ok(compareStamps(joined, newer) > 0 && compareStamps(joined, older) > 0)
    const orphan = joined.keys.find((key) => key.kid === activeKey(older)?.kid)
    t.match(orphan, { state: 'retired', retiredAt: 9 })
    t.equal(orphan?.sealed, null)
  }
})

t.test('two rings of the same stamp: everybody chooses the same one', async (t) => {
  const left = rotate(replaceNext(first, namedKey('left'), 1), namedKey('x'), 2)
  const right = rotate(replaceNext(first, namedKey('right'), 1), namedKey('y'), 2)
  t.equal(compareStamps(left, right), 0)
  t.strictSame(join(left, right, RETIREMENT_MS, 3), join(right, left, RETIREMENT_MS, 3))
  t.strictSame(shape(join(left, right, RETIREMENT_MS, 3)), ['active right', 'next y', 'retired a', 'retired left'])
})

t.test('two rings of the same stamp that differ in the next key alone: everybody chooses the same one', async (t) => {
  const left = replaceNext(first, namedKey('left'), 1)
  const right = replaceNext(first, namedKey('right'), 1)
  t.strictSame(join(left, right, RETIREMENT_MS, 2), join(right, left, RETIREMENT_MS, 2))
})

t.test('across epochs the higher one wins outright, however many changes the lower has seen', async (t) => {
  let busy = first
  for (let i = 0; i < 20; i++) busy = rotate(busy, namedKey(`busy${i}`), i)
  const emergency = revokeAll(first, namedKey('fresh'), false, 1)
  t.equal(join(busy, emergency, RETIREMENT_MS, 30), emergency)
  t.equal(join(emergency, busy, RETIREMENT_MS, 30), emergency)
})

t.test('two emergencies at once: one wins, the other one signed too', async (t) => {
  const left = revokeAll(first, namedKey('left'), false, 1)
  const right = revokeAll(first, namedKey('right'), true, 1)
  t.strictSame(shape(join(left, right, RETIREMENT_MS, 2)), ['active right', 'retired left'])
  t.equal(join(left, right, RETIREMENT_MS, 2).sessionEpoch, 2)
})

t.test('a ring without an active key can be joined', async (t) => {
  const empty = { ...first, keys: [] }
  t.strictSame(shape(join(empty, first, RETIREMENT_MS, 1)), shape(first))
  t.strictSame(join(first, empty, RETIREMENT_MS, 1), join(empty, first, RETIREMENT_MS, 1))
})

t.test('whatever happened apart: one result, nothing older, no key lost that signed, stable', async (t) => {
  // A generator of its own (a linear congruence), so that a failure can be seen again.
  let seed = 1
  const chance = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
    return Math.floor((seed / 2 ** 31) * below)
  }
  let kid = 0
  const lost: string[] = []
  for (let round = 0; round < 500; round++) {
    const apart = (side: string) => {
      let ring = first
      const signed = new Map([[1, new Set(['a'])]])
      const told: string[] = []
      for (let i = chance(5); i > 0; i--) {
        kid += 1
        const key = namedKey(`${side}${kid}`)
        const change = chance(8)
        if (change === 0) ring = revokeAll(ring, key, chance(2) === 1, i)
        else if (change < 3) ring = replaceNext(ring, key, i)
        else ring = rotate(ring, key, i)
        told.push(shape(ring).join(', '))
        const names = signed.get(ring.epoch) ?? new Set()
        signed.set(ring.epoch, names.add(activeKey(ring)?.kid ?? ''))
      }
      return { ring, signed, told }
    }
    const [left, right] = [apart('l'), apart('r')]
    const joined = join(left.ring, right.ring, RETIREMENT_MS, 100)
    const other = join(right.ring, left.ring, RETIREMENT_MS, 100)
    t.equal(activeKey(joined)?.kid, activeKey(other)?.kid)
    t.strictSame(stampOf(joined), stampOf(other))
    for (const { ring } of [left, right]) {
      if (compareStamps(joined, ring) < 0) t.fail(`an older result in round ${round}`)
      if (join(joined, ring, RETIREMENT_MS, 200) !== joined) t.fail(`joined again, it changes in round ${round}`)
    }
    for (const { signed, told } of [left, right]) {
      for (const name of signed.get(joined.epoch) ?? []) {
        if (!kids(joined).has(name)) lost.push(`${name} of ${told.join(' -> ')}`)
      }
    }
    t.ok(joined.keys.filter((key) => key.state === 'active').length === 1)
    t.ok(joined.keys.filter((key) => key.state === 'next').length <= 1)
  }
  t.strictSame(lost.slice(0, 3), [], `${lost.length} keys that signed in the epoch do not verify any more`)
})

t.test('a key that was dropped in its time does not come back to stay', async (t) => {
  const old = rotate(first, namedKey('c'), 1000)
  const pruned = prune(old, 500, 2000)
  const joined = prune(join(pruned, old, 500, 2000), 500, 2000)
  t.strictSame(shape(joined), ['active b', 'next c'])
  t.ok(compareStamps(joined, old) > 0, JSON.stringify(stampOf(joined)))
})
