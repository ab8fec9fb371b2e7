import t from 'tap'
import { type Guarded, guarded, Refusal } from '../../fixtures/guarded.ts'

const unavailable = { code: 'dependency_unavailable' }

async function opened(options = {}): Promise<Guarded> {
  const all = await guarded(options)
  for (let i = 0; i < 5; i++) await all.fail()
  return all
}

t.test('29.999 s after it opened a call is refused', async (t) => {
  const { clock, calls, ok } = await opened()
  clock.advance(29_999)
  await t.rejects(ok(), unavailable)
  t.equal(calls(), 5)
})

for (const retry of [false, true]) {
  t.test(`at 30.001 s, of 50 callers (retry: ${retry}) exactly 1 goes through, 49 are refused at once`, async (t) => {
    const { guard, clock } = await opened()
    clock.advance(30_001)
    let calls = 0
    const trial = Promise.withResolvers<string>()
    const call = () => {
      calls += 1
      return trial.promise
    }
    const callers = Array.from({ length: 50 }, () => guard.run(call, { retry }))
    const refused: unknown[] = []
    for (const caller of callers) caller.catch((error) => refused.push(error))
    await new Promise(setImmediate)
    t.equal(calls, 1)
    t.equal(refused.length, 49, 'while the trial is still under way')
    t.equal(guard.state, 'half_open')
    t.match(refused, Array(49).fill({ ...unavailable, details: { retryAfterMs: 1000 } }))
    trial.resolve('answer')
    const answers = await Promise.allSettled(callers)
    t.equal(answers.filter((each) => each.status === 'fulfilled').length, 1)
    t.equal(guard.state, 'closed')
  })
}

t.test('a trial that succeeds closes and empties the window', async (t) => {
  const { guard, clock, ok, fail } = await opened()
  clock.advance(30_001)
  await ok()
  t.match(guard.snapshot(), { state: 'closed', calls: 0, failures: 0, nextProbeMs: 0 })
  for (let i = 0; i < 4; i++) await fail()
  t.equal(guard.state, 'closed')
})

t.test('a process that has just started forgets its failures as well', async (t) => {
  const { guard, clock, fail, ok } = await opened({ uptime: 0, halfOpenAfter: 1000 })
  clock.advance(1001)
  await ok()
  t.match(guard.snapshot(), { state: 'closed', calls: 0, failures: 0 })
  await fail()
  t.equal(guard.state, 'closed')
})

t.test('a trial that the dependency refuses closes too: it did its work', async (t) => {
  const { guard, clock, fail } = await opened()
  clock.advance(30_001)
  t.type(await fail(new Refusal()), Refusal)
  t.equal(guard.state, 'closed')
})

t.test('a trial that fails opens for another 30 s, again and again', async (t) => {
  const { guard, clock, calls, ok, fail } = await opened()
  for (let trial = 1; trial <= 3; trial++) {
    clock.advance(30_001)
    t.match(await fail(), unavailable)
    t.equal(guard.state, 'open')
    t.equal(calls(), 5 + trial)
    clock.advance(29_999)
    await t.rejects(ok(), unavailable)
    t.equal(calls(), 5 + trial)
  }
})

t.test('a trial that is answered just before its time-out is no recovery: the breaker would only flap', async (t) => {
  for (const [ms, state] of [
    [4_100, 'open'],
    [3_900, 'closed'],
  ] as const) {
    const { guard, clock, begin } = await opened()
    clock.advance(30_001)
    const { result, end } = begin()
    clock.advance(ms)
    end()
    if (state === 'open') await t.rejects(result, unavailable)
    else t.equal(await result, 'answer')
    t.equal(guard.state, state, `answered after ${ms} of 5000 ms`)
  }
})

t.test('a trial that gets no answer opens again at its time-out', async (t) => {
  const { guard, clock, begin } = await opened({ timeoutMs: 20 })
  clock.advance(30_001)
  await t.rejects(begin().result, unavailable)
  t.match(guard.snapshot(), { state: 'open', lastError: 'timeout', nextProbeMs: 30_000 })
})

t.test('half-open, work that could not be finished is not begun', async (t) => {
  const { guard, clock, begin } = await opened()
  clock.advance(30_001)
  t.doesNotThrow(() => guard.refuseIfOpen(), 'nobody has tried yet')
  const trial = begin()
  t.throws(() => guard.refuseIfOpen(), unavailable)
  trial.end()
  await trial.result
  t.doesNotThrow(() => guard.refuseIfOpen())
})

t.test('a call begun before it opened that ends badly while half-open does not matter', async (t) => {
  const { guard, clock, fail, begin } = await guarded()
  const stale = [begin(), begin()]
  for (let i = 0; i < 5; i++) await fail()
  clock.advance(30_001)
  const trial = begin()
  for (const each of stale) {
    each.fail()
    await t.rejects(each.result, unavailable)
  }
  t.equal(guard.state, 'half_open')
  trial.end()
  await trial.result
  t.match(guard.snapshot(), { state: 'closed', calls: 0, failures: 0 })
})

t.test('a call begun before it opened that ends well while open does not close it', async (t) => {
  const { guard, clock, fail, begin } = await guarded()
  const stale = begin()
  for (let i = 0; i < 5; i++) await fail()
  stale.end()
  t.equal(await stale.result, 'answer', 'its own caller gets the answer')
  t.equal(guard.state, 'open')
  clock.advance(29_999)
  t.throws(() => guard.refuseIfOpen(), unavailable)
})
