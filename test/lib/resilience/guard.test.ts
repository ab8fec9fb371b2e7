import t from 'tap'
import { describe, type GuardState } from '../../../lib/resilience/guard.ts'
import { guarded, Refusal } from '../../fixtures/guarded.ts'

const unavailable = { code: 'dependency_unavailable', statusCode: 503, details: { dependency: 'postgres' } }

t.test('a call that succeeds gives its value, one that fails a 503 that hides the cause', async (t) => {
  const { guard, ok, fail } = await guarded()
  t.equal(await ok(), 'answer')
  const cause = Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:5432'), { code: 'ECONNREFUSED' })
  const error = (await fail(cause)) as Error
  t.match(error, { ...unavailable, cause })
  t.notMatch(error.message, '10.0.0.1')
  t.match(guard.snapshot(), { state: 'closed', calls: 2, failures: 1, lastError: 'ECONNREFUSED' })
})

t.test('a dependency that says no is not in trouble', async (t) => {
  const { guard, ok, fail } = await guarded()
  for (let i = 0; i < 100; i++) t.type(await fail(new Refusal()), Refusal)
  t.match(guard.snapshot(), { state: 'closed', calls: 100, failures: 0, lastError: null })
  for (let i = 0; i < 100; i++) await fail()
  t.equal(guard.state, 'closed', 'they count as successes: 100 of 200 failed')
  t.equal(await ok(), 'answer')
})

t.test('opens above 50 %, and only with the minimum of calls', async (t) => {
  const table: [successes: number, failures: number, state: GuardState][] = [
    [0, 4, 'closed'],
    [0, 5, 'open'],
    [5, 5, 'closed'],
    [5, 6, 'open'],
    [2, 2, 'closed'],
    [2, 3, 'open'],
    [49, 49, 'closed'],
    [49, 50, 'open'],
  ]
  for (const [successes, failures, state] of table) {
    const { guard, ok, fail } = await guarded()
    for (let i = 0; i < successes; i++) await ok()
    for (let i = 0; i < failures; i++) await fail()
    t.equal(guard.state, state, `${failures} failures of ${successes + failures} calls`)
  }
})

t.test('4 failures, 11 s, 4 failures: closed; a fifth opens', async (t) => {
  const { guard, clock, fail } = await guarded()
  for (let i = 0; i < 4; i++) await fail()
  clock.advance(11_000)
  for (let i = 0; i < 4; i++) await fail()
  t.equal(guard.state, 'closed')
  await fail()
  t.equal(guard.state, 'open')
})

t.test('while open a call is refused without being made', async (t) => {
  const { guard, clock, calls, ok, fail } = await guarded()
  for (let i = 0; i < 5; i++) await fail()
  clock.advance(10_000)
  for (let i = 0; i < 20; i++) await t.rejects(ok(), { ...unavailable, details: { retryAfterMs: 20_000 } })
  t.throws(() => guard.refuseIfOpen(), unavailable)
  t.equal(calls(), 5)
  t.match(guard.snapshot(), { state: 'open', refusals: 21, nextProbeMs: 20_000, inFlight: 0, queued: 0 })
  t.equal(guard.snapshot().lastError, 'Error', 'what broke it, not the refusals')
})

t.test('when to come again', async (t) => {
  const { guard, clock, fail } = await guarded()
  t.equal(guard.retryAfterMs, 1000)
  t.equal(guard.nextProbeMs(250), 250)
  for (let i = 0; i < 5; i++) await fail()
  t.equal(guard.retryAfterMs, 30_000)
  clock.advance(29_000.5)
  t.equal(guard.retryAfterMs, 1000, 'a second at least')
  t.equal(guard.nextProbeMs(250), 1001, 'the first whole millisecond after it may half-open')
  clock.advance(1001)
  t.equal(guard.nextProbeMs(250), 1, 'and at once when that has passed')
})

t.test('those who were refused are not told to come back all at the same moment', async (t) => {
  const numbers = [0, 0.5, 0.999]
  const { guard } = await guarded({ random: () => numbers.shift() ?? 0 })
  t.strictSame([guard.retryAfterMs, guard.retryAfterMs, guard.retryAfterMs], [1000, 2000, 2998])
})

t.test('each change of state is told once, with what made it', async (t) => {
  const { guard, clock, ok, fail } = await guarded({ connected: false })
  const told: unknown[] = []
  guard.onStateChange((state, reason) => told.push([state, reason]))
  const trouble = new Error('trouble')
  await guard.run(async () => {}, { probe: true })
  for (let i = 0; i < 5; i++) await fail(trouble)
  clock.advance(30_001)
  await fail(trouble)
  clock.advance(30_001)
  await ok()
  t.strictSame(told, [
    ['closed', undefined],
    ['open', trouble],
    ['half_open', undefined],
    ['open', trouble],
    ['half_open', undefined],
    ['closed', undefined],
  ])
})

t.test('a wall clock that is set forward or back changes nothing', async (t) => {
  for (const jump of [-365 * 86_400_000, -60_000, 60_000, 365 * 86_400_000]) {
    const { guard, clock, calls, ok, fail } = await guarded()
    t.intercept(Date, 'now', { value: clock.now })
    for (let i = 0; i < 4; i++) await fail()
    clock.jump(jump)
    await fail()
    t.equal(guard.state, 'open', 'the failures before the jump count')
    clock.jump(jump)
    clock.advance(29_999)
    await t.rejects(ok(), unavailable)
    t.equal(calls(), 5)
    clock.jump(-2 * jump)
    clock.advance(2)
    t.equal(await ok(), 'answer')
    t.equal(guard.state, 'closed')
  }
})

t.test('an error is described in a word that names no address', async (t) => {
  t.equal(describe(Object.assign(new Error('connect 10.0.0.1'), { code: 'ECONNREFUSED' })), 'ECONNREFUSED')
  t.equal(describe(Object.assign(new RangeError('10.0.0.1'), { code: '' })), 'RangeError')
  t.equal(describe(Object.assign(new Error('x'), { code: 7 })), 'Error')
  t.equal(describe('10.0.0.1'), 'string')
  t.equal(describe(undefined), 'undefined')
})
