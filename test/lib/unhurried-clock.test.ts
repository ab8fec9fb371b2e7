import t from 'tap'
import { unhurried } from '../../lib/unhurried-clock.ts'
import { fakeClock } from '../fixtures/fake-clock.ts'

const SETTLE_MS = 900_000

t.test('it goes with the wall clock as long as that goes with the time', async (t) => {
  const real = fakeClock()
  const clock = unhurried(real, SETTLE_MS)
  for (const ms of [0, 1, 1000, 10 * SETTLE_MS]) {
    real.advance(ms)
    t.equal(clock.now(), real.now())
    t.equal(clock.monotonic(), real.monotonic())
  }
})

t.test('it goes back at once, and forward again as time passes', async (t) => {
  const real = fakeClock()
  const clock = unhurried(real, SETTLE_MS)
  real.jump(-3_600_000)
  t.equal(clock.now(), real.now())
  real.advance(1000)
  t.equal(clock.now(), real.now())
})

t.test('it does not jump forward, and when that was a mistake nothing has happened', async (t) => {
  const real = fakeClock()
  const clock = unhurried(real, SETTLE_MS)
  const begin = clock.now()
  real.jump(3_600_000)
  real.advance(1000)
  t.equal(clock.now(), begin + 1000)
  real.jump(-3_600_000)
  real.advance(1000)
  t.equal(clock.now(), begin + 2000)
  t.equal(clock.now(), real.now())
})

t.test('a jump forward that lasts is a correction', async (t) => {
  const real = fakeClock()
  const clock = unhurried(real, SETTLE_MS)
  const begin = clock.now()
  real.jump(3_600_000)
  t.equal(clock.now(), begin)
  real.advance(SETTLE_MS - 1)
  t.equal(clock.now(), begin + SETTLE_MS - 1)
  real.advance(1)
  t.equal(clock.now(), real.now())
  real.jump(1000)
  t.equal(clock.now(), real.now() - 1000, 'the next one is another one')
})
