import t from 'tap'
import { RemoteClock } from '../../../lib/resilience/remote-clock.ts'

t.test('it is not known before the store has told its time', async (t) => {
  const clock = new RemoteClock()
  t.equal(clock.isKnown, false)
  clock.heard(1_000_000, 0)
  t.equal(clock.isKnown, true)
  t.equal(clock.at(500), 1_000_500)
})

t.test('an answer that took long makes it no worse, and never puts it ahead of the store', async (t) => {
  const clock = new RemoteClock()
  const LEAD = 1_000_000
  for (const [told, here] of [
    [10, 12],
    [100, 400],
    [1000, 1001],
    [2000, 2600],
  ] as const) {
    clock.heard(LEAD + told, here)
    t.ok(clock.at(here) <= LEAD + here, 'not ahead')
  }
  t.equal(clock.at(3000), LEAD + 3000 - 1, 'the quickest answer counts')
})

t.test('a store whose clock was set back is followed after ten answers', async (t) => {
  const clock = new RemoteClock()
  clock.heard(10_000, 0)
  for (let i = 1; i <= 9; i += 1) clock.heard(5000 + i, i)
  t.equal(clock.at(100), 10_100)
  clock.heard(5010, 10)
  t.equal(clock.at(100), 5100)
})
