import t from 'tap'
import type { Ring, RingKey } from '../../../lib/keys/ring.ts'
import { WithdrawnKeys } from '../../../lib/keys/withdrawn-keys.ts'

const ring = (epoch: number, keys: Record<string, RingKey['state']>): Ring => ({
  epoch,
  sessionEpoch: 1,
  version: 1,
  keys: Object.entries(keys).map(([kid, state]) => ({ kid, state }) as RingKey),
})

t.test('an emergency withdraws every key', async (t) => {
  const withdrawn = new WithdrawnKeys()
  withdrawn.note(ring(1, { a: 'active', n: 'next', r: 'retired' }), ring(2, { b: 'active' }))
  for (const kid of ['a', 'n', 'r']) t.equal(withdrawn.has(kid), true)
  t.equal(withdrawn.has('b'), false)
})

t.test('within an epoch a next key that is not there may be there again', async (t) => {
  const withdrawn = new WithdrawnKeys()
  withdrawn.note(ring(1, { a: 'active', n: 'next', r: 'retired' }), ring(1, { a: 'active', m: 'next' }))
  t.equal(withdrawn.has('n'), false)
  t.equal(withdrawn.has('r'), true, 'a retired one has outlived its tokens')
})

t.test('a thousand are remembered, the last ones', async (t) => {
  const withdrawn = new WithdrawnKeys()
  for (let i = 0; i < 1002; i += 1) {
    withdrawn.note(ring(i, { [`k${i}`]: 'active' }), ring(i + 1, { [`k${i + 1}`]: 'active' }))
  }
  t.equal(withdrawn.has('k1'), false)
  t.equal(withdrawn.has('k2'), true)
  t.equal(withdrawn.has('k1001'), true)
})
