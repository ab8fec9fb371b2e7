import t from 'tap'
import { HalfOpenAfter } from '../../../lib/resilience/half-open-after.ts'
import { fakeClock } from '../../fixtures/fake-clock.ts'

/** As cockatiel asks it at each call. */
const refuses = (after: HalfOpenAfter, sinceOpened: number) => sinceOpened < after.duration

t.test('the time runs from each opening', async (t) => {
  const clock = fakeClock()
  const after = new HalfOpenAfter(30_000, clock)
  for (let opening = 0; opening < 2; opening++) {
    t.equal(after.next(), after)
    t.equal(after.remainingMs, 30_000)
    clock.advance(29_999)
    t.equal(after.remainingMs, 1)
    t.ok(refuses(after, 29_999))
    clock.advance(1)
    t.equal(after.remainingMs, 0)
    t.notOk(refuses(after, 30_000))
    clock.advance(100_000)
    t.equal(after.remainingMs, 0)
  }
})

t.test('whatever the wall clock says in between', async (t) => {
  const clock = fakeClock()
  const after = new HalfOpenAfter(30_000, clock).next()
  for (const jump of [86_400_000, -2 * 86_400_000]) {
    clock.jump(jump)
    t.equal(after.remainingMs, 30_000)
    t.ok(refuses(after, jump))
  }
  clock.advance(30_000)
  for (const sinceOpened of [-86_400_000, 0, 86_400_000]) t.notOk(refuses(after, sinceOpened))
})
