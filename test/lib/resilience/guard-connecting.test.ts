import t from 'tap'
import { guarded, Refusal } from '../../fixtures/guarded.ts'

const unavailable = { code: 'dependency_unavailable', details: { dependency: 'postgres', retryAfterMs: 1000 } }

t.test('until the probe has seen the dependency nobody else is let through', async (t) => {
  const { guard, calls, ok } = await guarded({ connected: false })
  t.match(guard.snapshot(), { state: 'connecting', calls: 0, nextProbeMs: 0 })
  await t.rejects(ok(), unavailable)
  t.throws(() => guard.refuseIfOpen(), unavailable)
  t.equal(calls(), 0)
  t.equal(await guard.run(async () => 'seen', { probe: true }), 'seen')
  t.equal(guard.state, 'closed')
  t.equal(await ok(), 'answer')
})

t.test('a probe may fail as often as it likes meanwhile: no breaker opens, nothing is waited for', async (t) => {
  const { guard, clock, ok } = await guarded({ connected: false })
  const told: unknown[] = []
  guard.onStateChange((state) => told.push(state))
  for (let i = 0; i < 100; i++) {
    await t.rejects(
      guard.run(() => Promise.reject(new Error('refused')), { probe: true }),
      unavailable,
    )
    clock.advance(300)
    t.equal(guard.nextProbeMs(300), 300)
  }
  t.match(guard.snapshot(), { state: 'connecting', calls: 0, failures: 0, lastError: 'Error' })
  await guard.run(async () => {}, { probe: true })
  t.equal(await ok(), 'answer', 'at once')
  t.strictSame(told, ['closed'])
})

t.test('a probe that the dependency refuses is told so, and has not connected', async (t) => {
  const { guard } = await guarded({ connected: false })
  await t.rejects(
    guard.run(() => Promise.reject(new Refusal()), { probe: true }),
    { code: '23505' },
  )
  t.equal(guard.state, 'connecting')
})

t.test('a probe that gets no answer ends at its time-out', async (t) => {
  const { guard, begin } = await guarded({ connected: false, timeoutMs: 20 })
  await t.rejects(begin({ probe: true }).result, unavailable)
  t.match(guard.snapshot(), { state: 'connecting', lastError: 'timeout' })
})

t.test('afterwards the probe is a call like any other', async (t) => {
  const { guard, clock, begin, fail } = await guarded()
  for (let i = 0; i < 5; i++) await fail()
  await t.rejects(begin({ probe: true }).result, { code: 'dependency_unavailable' })
  clock.advance(guard.nextProbeMs(1000))
  const trial = begin({ probe: true })
  t.equal(guard.state, 'half_open')
  trial.end()
  await trial.result
  t.equal(guard.state, 'closed')
})
