import t from 'tap'
import { createRing, type Ring, revokeAll, rotate } from '../../../lib/keys/ring.ts'
import { contradict, settle } from '../../../lib/keys/split-emergencies.ts'
import { namedKey, shape } from '../../fixtures/keys.ts'

const first = createRing(namedKey('a'), namedKey('b'), 0)
const emergency = (name: string, sessions = false) => revokeAll(first, namedKey(name), sessions, 1)

t.test('emergencies of one number contradict each other, whatever was rotated since', async (t) => {
  const [left, right] = [emergency('left'), emergency('right')]
  t.equal(contradict(left, right), true)
  t.equal(contradict(left, rotate(right, namedKey('c'), 2)), true)
  t.equal(contradict(left, rotate(left, namedKey('c'), 2)), false)
  t.equal(contradict(first, left), false, 'the higher epoch wins')
  t.equal(contradict(first, createRing(namedKey('x'), namedKey('y'), 0)), false, 'the first epoch is no emergency')
})

t.test('both end in one more', async (t) => {
  const left = emergency('left')
  const right = rotate(rotate(emergency('right'), namedKey('c'), 2), namedKey('d'), 3)
  for (const ring of [settle(left, right, namedKey('new'), 9), settle(right, left, namedKey('new'), 9)]) {
    t.match(ring, { epoch: 3, sessionEpoch: 1, version: right.version + 1 })
    t.strictSame(shape(ring), ['active new'])
    t.equal(ring.began?.sessionEpoch, '')
  }
})

t.test('sessions end when either may have ended them', async (t) => {
  const both = (a: Ring, b: Ring) => [settle(a, b, namedKey('new'), 9), settle(b, a, namedKey('new'), 9)]
  for (const ring of both(emergency('left', true), emergency('right', true))) {
    t.equal(ring.began?.sessionEpoch, ring.began?.epoch)
    t.equal(ring.sessionEpoch, 3, 'each has ended sessions that the other began')
  }
  const left = emergency('left', true)
  for (const ring of both(left, emergency('right'))) {
    t.match(ring, { sessionEpoch: 2, began: { sessionEpoch: left.began?.sessionEpoch } })
  }
  const once = emergency('once', true)
  for (const ring of both(revokeAll(once, namedKey('l'), false, 2), revokeAll(once, namedKey('r'), false, 2))) {
    t.match(ring, { sessionEpoch: 2, began: { sessionEpoch: once.began?.sessionEpoch } })
  }
})
