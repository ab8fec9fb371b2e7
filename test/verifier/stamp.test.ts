import t from 'tap'
import { Newest, readStamp } from '../../verifier/keys/stamp.ts'
import { fakeClock } from '../fixtures/fake-clock.ts'

t.test('the header is read to the letter, or not at all', async (t) => {
  t.strictSame(readStamp('epoch=2, version=17'), { epoch: 2, version: 17 })
  for (const header of [null, '', 'epoch=2', 'epoch=2,version=1', 'epoch=-1, version=1', 'epoch=1, version=1e9']) {
    t.equal(readStamp(header), undefined, String(header))
  }
})

t.test('an older set is told from a newer one', async (t) => {
  const clock = fakeClock()
  const newest = new Newest(clock)
  const take = (epoch: number, version: number) => newest.olderForMs({ epoch, version })
  t.equal(take(1, 5), undefined)
  t.equal(take(1, 5), undefined)
  t.equal(take(1, 4), 0)
  clock.advance(1500)
  t.equal(take(1, 4), 1500)
  t.equal(take(2, 3), undefined, 'an epoch outweighs every version')
  t.equal(take(1, 9), 0)
  t.equal(newest.olderForMs(undefined), undefined, 'nobody knows')
})

t.test('an issuer that insists for ten minutes has begun anew', async (t) => {
  const clock = fakeClock()
  const newest = new Newest(clock)
  const take = (epoch: number, version: number) => newest.olderForMs({ epoch, version })
  take(3, 30)
  t.equal(take(1, 1), 0)
  clock.advance(599_999)
  t.equal(take(1, 2), 599_999)
  clock.advance(1)
  t.equal(take(1, 2), undefined)
  t.equal(take(1, 2), undefined)
  t.equal(take(1, 1), 0)
})
