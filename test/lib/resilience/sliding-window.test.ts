import { CircuitState } from 'cockatiel'
import t from 'tap'
import { SlidingWindow } from '../../../lib/resilience/sliding-window.ts'
import { fakeClock } from '../../fixtures/fake-clock.ts'

const { Closed, HalfOpen } = CircuitState

function setUp({ threshold = 0.5, minimumCalls = 5, uptime = 3_600_000 } = {}) {
  const clock = fakeClock({ uptime })
  const window = new SlidingWindow({ windowMs: 10_000, threshold, minimumCalls }, clock)
  return { clock, window }
}

t.test('opens above the threshold, not at it', async (t) => {
  const { window } = setUp()
  for (let i = 0; i < 5; i++) window.success(Closed)
  for (let i = 0; i < 5; i++) t.equal(window.failure(Closed), false, `${i + 1} failures of ${i + 6} calls`)
  t.equal(window.failure(Closed), true, '6 failures of 11 calls')
})

t.test('opens with the minimum of calls, not below', async (t) => {
  const { window } = setUp()
  for (let i = 0; i < 4; i++) t.equal(window.failure(Closed), false)
  t.equal(window.failure(Closed), true)
})

t.test('the threshold can be another one', async (t) => {
  const { window } = setUp({ threshold: 0.25, minimumCalls: 1 })
  for (let i = 0; i < 3; i++) window.success(Closed)
  t.equal(window.failure(Closed), false, '1 of 4')
  t.equal(window.failure(Closed), true, '2 of 5')
})

t.test('calls leave the window by time alone', async (t) => {
  const { clock, window } = setUp()
  for (let i = 0; i < 4; i++) window.failure(Closed)
  clock.advance(9_800)
  t.strictSame(window.counts(), { calls: 4, failures: 4 })
  clock.advance(200)
  t.strictSame(window.counts(), { calls: 0, failures: 0 })
  for (let i = 0; i < 4; i++) t.equal(window.failure(Closed), false)
  t.equal(window.failure(Closed), true)
})

t.test('the window slides: each call leaves when its own time has passed', async (t) => {
  const { clock, window } = setUp()
  for (let second = 0; second < 30; second++) {
    window.success(Closed)
    if (second % 2 === 0) window.failure(Closed)
    const seen = Math.min(second + 1, 10)
    t.equal(window.counts().calls - window.counts().failures, seen, `successes after ${second} s`)
    clock.advance(1000)
  }
})

t.test('a long silence leaves nothing behind', async (t) => {
  const { clock, window } = setUp()
  for (let i = 0; i < 20; i++) window.success(Closed)
  clock.advance(3_600_000)
  for (let i = 0; i < 4; i++) t.equal(window.failure(Closed), false)
  t.equal(window.failure(Closed), true)
})

t.test('a wall clock that is set does not move the window', async (t) => {
  const { clock, window } = setUp()
  for (let i = 0; i < 3; i++) window.failure(Closed)
  for (const jump of [-86_400_000, 86_400_000, 3_600_000]) {
    clock.jump(jump)
    t.strictSame(window.counts(), { calls: 3, failures: 3 })
  }
})

for (const uptime of [3_600_000, 5_000, 0]) {
  t.test(`half-open, ${uptime} ms after the start: a success empties the window, a failure is enough`, async (t) => {
    const { window } = setUp({ uptime })
    for (let i = 0; i < 4; i++) window.failure(Closed)
    t.equal(window.failure(HalfOpen), true)
    t.strictSame(window.counts(), { calls: 4, failures: 4 }, 'the trial is not one of the calls')
    window.success(HalfOpen)
    t.strictSame(window.counts(), { calls: 0, failures: 0 })
    t.equal(window.failure(Closed), false)
  })
}

t.test('a call that ends after the breaker has opened does not open it again', async (t) => {
  const { window } = setUp({ minimumCalls: 1 })
  window.isClosed = () => false
  t.equal(window.failure(Closed), false)
  t.strictSame(window.counts(), { calls: 0, failures: 0 })
})
