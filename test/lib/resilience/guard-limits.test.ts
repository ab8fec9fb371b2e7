import t from 'tap'
import { guarded, Lost, Refusal } from '../../fixtures/guarded.ts'

const unavailable = { code: 'dependency_unavailable' }
const overloaded = {
  code: 'overloaded',
  statusCode: 503,
  details: { dependency: 'postgres', retryAfterMs: 1000 },
}

/** A call that fails with these errors in turn, then succeeds. */
function failing(...errors: Error[]) {
  let calls = 0
  return {
    calls: () => calls,
    async call() {
      const error = errors[calls++]
      if (error !== undefined) throw error
      return 'answer'
    },
  }
}

t.test('a read is tried once more after a lost connection', async (t) => {
  const { guard } = await guarded()
  const once = failing(new Lost())
  t.equal(await guard.run(once.call, { retry: true }), 'answer')
  t.equal(once.calls(), 2)
  t.match(guard.snapshot(), { calls: 2, failures: 1 }, 'each attempt counts')
  const always = failing(new Lost(), new Lost(), new Lost())
  await t.rejects(guard.run(always.call, { retry: true }), unavailable)
  t.equal(always.calls(), 2)
})

t.test('a write never is', async (t) => {
  const { guard } = await guarded()
  const write = failing(new Lost())
  await t.rejects(guard.run(write.call), { ...unavailable, cause: { code: 'ECONNRESET' } })
  t.equal(write.calls(), 1)
})

t.test('nor a read that ended otherwise', async (t) => {
  const { guard } = await guarded({ timeoutMs: 20 })
  const failed = failing(new Error('out of memory'))
  await t.rejects(guard.run(failed.call, { retry: true }), unavailable)
  t.equal(failed.calls(), 1)
  const refused = failing(new Refusal())
  await t.rejects(guard.run(refused.call, { retry: true }), { code: '23505' })
  t.equal(refused.calls(), 1)
  let hung = 0
  const hang = () => {
    hung += 1
    return new Promise<never>(() => {})
  }
  await t.rejects(guard.run(hang, { retry: true }), unavailable)
  t.equal(hung, 1)
})

t.test('nor past a breaker that its first attempt has opened', async (t) => {
  const { guard, fail } = await guarded()
  for (let i = 0; i < 4; i++) await fail()
  const read = failing(new Lost())
  await t.rejects(guard.run(read.call, { retry: true }), unavailable)
  t.equal(read.calls(), 1)
  t.equal(guard.state, 'open')
})

t.test('a call that gets no answer ends at its time-out and counts as a failure', async (t) => {
  const { guard, begin } = await guarded({ timeoutMs: 20 })
  const calls = Array.from({ length: 5 }, () => begin())
  for (const { result } of calls) await t.rejects(result, unavailable)
  t.match(guard.snapshot(), { state: 'open', failures: 5, lastError: 'timeout', inFlight: 0 })
})

t.test('an answer that comes after its time-out changes nothing', async (t) => {
  const { guard, begin } = await guarded({ timeoutMs: 20 })
  const late = begin()
  await t.rejects(late.result, unavailable)
  late.fail()
  await new Promise(setImmediate)
  t.match(guard.snapshot(), { state: 'closed', calls: 1, failures: 1 })
})

t.test('beyond the bulkhead a call is refused, and the breaker of a healthy dependency stays closed', async (t) => {
  const { guard, calls, begin, ok } = await guarded({ concurrency: 2, queue: 3 })
  const admitted = Array.from({ length: 5 }, () => begin())
  t.match(guard.snapshot(), { inFlight: 2, queued: 3 })
  for (let i = 0; i < 50; i++) await t.rejects(ok(), overloaded)
  t.equal(calls(), 2)
  t.match(guard.snapshot(), { state: 'closed', failures: 0, refusals: 50, lastError: null })
  for (const { end } of admitted) end()
  t.strictSame(await Promise.all(admitted.map(({ result }) => result)), Array(5).fill('answer'))
  t.equal(calls(), 5)
  t.match(guard.snapshot(), { state: 'closed', calls: 5, inFlight: 0, queued: 0 })
})

t.test('who waits in the bulkhead is refused when the breaker opens meanwhile', async (t) => {
  const { guard, calls, begin } = await guarded({ concurrency: 1, queue: 10, minimumCalls: 1 })
  const [first, ...waiting] = Array.from({ length: 6 }, () => begin())
  first?.fail()
  for (const { result } of waiting) await t.rejects(result, unavailable)
  t.equal(calls(), 1)
  t.match(guard.snapshot(), { state: 'open', refusals: 5, lastError: 'Error' })
})

t.test(
  'who has waited too long when the turn comes is refused, so that nobody gives up while still waiting',
  async (t) => {
    const { guard, clock, calls, begin } = await guarded({ concurrency: 1, queue: 10, maxWaitMs: 1000 })
    const first = begin()
    const early = [begin(), begin()]
    clock.advance(500)
    const late = begin()
    clock.advance(501)
    first.end()
    for (const { result } of early) await t.rejects(result, overloaded)
    late.end()
    t.equal(await late.result, 'answer')
    t.equal(calls(), 2)
    t.match(guard.snapshot(), { state: 'closed', failures: 0, refusals: 2 })
  },
)

t.test('a read over the bulkhead is not tried again', async (t) => {
  const { guard, begin } = await guarded({ concurrency: 1, isRetryable: () => true })
  const busy = begin()
  const read = failing()
  await t.rejects(guard.run(read.call, { retry: true }), overloaded)
  t.equal(read.calls(), 0)
  t.equal(guard.snapshot().refusals, 1)
  busy.end()
  await busy.result
})
