import t from 'tap'
import { LoadShedding } from '../../../lib/resilience/load-shedding.ts'
import { fakeClock } from '../../fixtures/fake-clock.ts'

function shedding() {
  const clock = fakeClock()
  const loop = { delay: 0 }
  const gate = new LoadShedding({ clock, random: () => 0.5, delayMs: () => loop.delay })
  gate.ready()
  clock.advance(1000)
  return { gate, clock, loop }
}
const overload = {
  code: 'overloaded',
  statusCode: 503,
  details: { dependency: 'password-hashing', retryAfterMs: 2000 },
}

t.test('a punctual event loop sheds nothing', async (t) => {
  const { gate, loop } = shedding()
  loop.delay = 500
  gate.refuseNewWork()
  gate.refuseAnyWork()
  t.equal(gate.shed, 0)
})

t.test('a late one sheds new work first, then everything', async (t) => {
  const { gate, loop } = shedding()
  loop.delay = 501
  gate.refuseNewWork()
  loop.delay = 502
  t.throws(() => gate.refuseNewWork(), overload)
  gate.refuseAnyWork()
  loop.delay = 2001
  gate.refuseAnyWork()
  loop.delay = 2002
  t.throws(() => gate.refuseAnyWork(), overload)
  t.throws(() => gate.refuseAnyWork(), overload, 'until there is another sample')
  t.equal(gate.shed, 3)
  loop.delay = 10
  gate.refuseNewWork()
})

t.test('one long pause is no load: it was away, and is back', async (t) => {
  const { gate, loop } = shedding()
  for (const delay of [11, 5000, 12, 3000, 13]) {
    loop.delay = delay
    gate.refuseAnyWork()
    gate.refuseNewWork()
  }
  t.equal(gate.shed, 0)
})

t.test('the start is no load', async (t) => {
  const clock = fakeClock()
  let delay = 5000
  const gate = new LoadShedding({ clock, random: () => 0, delayMs: () => delay++ })
  gate.refuseAnyWork()
  gate.ready()
  clock.advance(999)
  gate.refuseAnyWork()
  clock.advance(1)
  t.throws(() => gate.refuseAnyWork(), { code: 'overloaded' })
})
