import t from 'tap'
import { systemClock } from '../../lib/clock.ts'

t.test('the wall clock tells milliseconds since the epoch', async (t) => {
  const before = Date.now()
  const now = systemClock.now()
  t.ok(before <= now && now <= Date.now())
})

t.test('the monotonic clock does not follow the wall clock', async (t) => {
  const before = systemClock.monotonic()
  t.intercept(Date, 'now', { value: () => 0 })
  t.equal(systemClock.now(), 0)
  t.ok(systemClock.monotonic() >= before)
})
