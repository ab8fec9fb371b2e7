import t from 'tap'
import { LoadShedding, TICK_MS } from '../../../lib/resilience/load-shedding.ts'
import { type FakeClock, fakeClock } from '../../fixtures/fake-clock.ts'

function shedding() {
  const clock = fakeClock()
  const gate = new LoadShedding({ clock, random: () => 0.5 })
  const sample = sampler(gate, clock)
  gate.ready()
  sample(0)
  sample(0)
  return { gate, sample }
}

/** Ticks for half a second or more, each as late as that. */
function sampler(gate: LoadShedding, clock: FakeClock) {
  gate.tick(clock.monotonic())
  return (delayMs: number) => {
    const began = clock.monotonic()
    while (clock.monotonic() - began < 500) {
      clock.advance(TICK_MS + delayMs)
      gate.tick(clock.monotonic())
    }
  }
}

const overload = {
  code: 'overloaded',
  statusCode: 503,
  details: { dependency: 'password-hashing', retryAfterMs: 2000 },
}

t.test('a punctual event loop sheds nothing', async (t) => {
  const { gate, sample } = shedding()
  for (const delay of [500, 500]) sample(delay)
  gate.refuseNewWork()
  gate.refuseAnyWork()
  t.equal(gate.shed, 0)
})

t.test('a late one sheds new work first, then everything', async (t) => {
  const { gate, sample } = shedding()
  sample(501)
  gate.refuseNewWork()
  sample(501)
  t.equal(gate.lateMs, 501)
  t.throws(() => gate.refuseNewWork(), overload)
  gate.refuseAnyWork()
  sample(2001)
  gate.refuseAnyWork()
  sample(2001)
  t.throws(() => gate.refuseAnyWork(), overload)
  t.throws(() => gate.refuseAnyWork(), overload, 'until there is another sample')
  t.equal(gate.shed, 3)
  sample(10)
  gate.refuseNewWork()
})

t.test('what counts is the mean of a sample', async (t) => {
  const { gate, sample } = shedding()
  sample(20)
  t.equal(gate.lateMs, 0, 'the sample before was punctual')
  sample(30)
  t.equal(gate.lateMs, 20)
  sample(5)
  t.equal(gate.lateMs, 5)
})

t.test('one long pause is no load: it was away, and is back', async (t) => {
  const { gate, sample } = shedding()
  for (const delay of [11, 5000, 12, 3000, 13]) {
    sample(delay)
    gate.refuseAnyWork()
    gate.refuseNewWork()
  }
  t.equal(gate.shed, 0)
})

t.test('the start is no load', async (t) => {
  const clock = fakeClock()
  const gate = new LoadShedding({ clock, random: () => 0 })
  const sample = sampler(gate, clock)
  for (const delay of [5000, 5000]) sample(delay)
  gate.refuseAnyWork()
  gate.ready()
  clock.advance(999)
  gate.refuseAnyWork()
  clock.advance(1)
  t.throws(() => gate.refuseAnyWork(), { code: 'overloaded' })
})
