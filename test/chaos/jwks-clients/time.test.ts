import t from 'tap'
import { advanceTo, now, wallNow } from '../../../chaos/jwks-clients/time/clock.ts'
import { SteppedTimer } from '../../../chaos/jwks-clients/time/stepped-timer.ts'

const MINUTE_MS = 60_000

t.test('timers fire when they are due, in order, however far time is advanced', async (t) => {
  const begin = now()
  const fired: [string, number][] = []
  const note = (name: string) => () => fired.push([name, Math.round((now() - begin) / 1000)])
  const timers = [
    new SteppedTimer(note('late'), 20 * MINUTE_MS),
    new SteppedTimer(note('never'), 40 * MINUTE_MS).unref(),
    new SteppedTimer(note('again'), 9 * MINUTE_MS, true),
    new SteppedTimer(() => new SteppedTimer(note('chained'), MINUTE_MS), MINUTE_MS),
  ]
  new SteppedTimer(note('closed'), 1000).close()
  const wall = wallNow()
  await advanceTo(begin + 30 * MINUTE_MS)
  t.strictSame(fired, [
    ['chained', 120],
    ['again', 540],
    ['again', 1080],
    ['late', 1200],
    ['again', 1620],
  ])
  t.equal(Math.round((wallNow() - wall) / MINUTE_MS), 30)
  for (const timer of timers) timer.close()
})

t.test('between the steps time goes on by itself, and timers that were begun before go on as well', async (t) => {
  const begin = now()
  const fired = new Promise<number>((resolve) => new SteppedTimer(() => resolve(now()), MINUTE_MS))
  await advanceTo(begin + MINUTE_MS - 20)
  const before = now()
  // A timer of Node counts whole milliseconds, and may be one of them early.
  t.ok((await fired) >= begin + MINUTE_MS - 2)
  t.ok(now() > before)
})

t.test('what Node takes for a millisecond is one here', async (t) => {
  for (const ms of [0, -5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31]) {
    const begin = now()
    await new Promise<void>((resolve) => new SteppedTimer(resolve, ms))
    t.ok(now() - begin < MINUTE_MS, String(ms))
  }
})
