import t from 'tap'
import { aggregate } from '../../../chaos/report/aggregate.ts'
import { call, denied, event, journalOf, lost, openCall, refused, scenarioOf } from './events.ts'

const fault = (at: number, stage: 'strike' | 'struck' | 'heal' | 'healed') =>
  event(at, { type: 'fault', fault: 'f1', name: 'stopped', target: 'redis', stage })

t.test('times count from the beginning of the scenario', async (t) => {
  const journal = journalOf(scenarioOf({ from: 10_000, to: 11_000 }))
  const history = [event(10_100, { type: 'phase', phase: 'steady' }), ...call(10_300, 20)]
  const [view] = aggregate(journal, history)
  t.equal(view?.lengthMs, 1000)
  t.strictSame(view?.buckets.series.ok.count, [0, 1, 0, 0])
  t.strictSame(
    view?.phases.map(({ name, from, to }) => ({ name, from, to })),
    [{ name: 'steady', from: 100, to: 1000 }],
  )
})

t.test('a request counts when it was due, not when it was answered', async (t) => {
  const [view] = aggregate(journalOf(scenarioOf({ to: 1000 })), call(100, 700))
  t.strictSame(view?.buckets.series.ok.count, [1, 0, 0, 0])
  t.strictSame(view?.buckets.series.ok.max, [700, null, null, null])
})

t.test('a request that the history leaves open is lost', async (t) => {
  const [view] = aggregate(journalOf(scenarioOf({ to: 1000 })), [openCall(600), ...call(10, 5)])
  t.strictSame(view?.calls.counts, { ok: 1, refused: 0, verdict: 0, lost: 1 })
  t.strictSame(view?.buckets.series.lost.count, [0, 0, 1, 0])
  t.strictSame(view?.buckets.series.lost.max, [null, null, null, null])
})

t.test('the two events of a request may come in any order, and so may all others', async (t) => {
  const phases = [event(500, { type: 'phase', phase: 'fault' }), event(0, { type: 'phase', phase: 'steady' })]
  const [view] = aggregate(journalOf(scenarioOf({ to: 1000 })), [...call(10, 5).reverse(), ...phases])
  t.strictSame(view?.calls.counts, { ok: 1, refused: 0, verdict: 0, lost: 0 })
  t.strictSame(
    view?.phases.map(({ name }) => name),
    ['steady', 'fault'],
  )
})

t.test('a scenario that did not come to its end is as long as its events', async (t) => {
  const [view] = aggregate(journalOf(scenarioOf({ outcome: 'failed', from: 0, to: 0 })), [
    event(70_000, { type: 'phase', phase: 'steady' }),
    ...call(70_300, 100),
    openCall(70_900),
  ])
  t.equal(view?.lengthMs, 900)
  t.strictSame(view?.buckets.series.ok.count, [0, 1, 0])
  t.strictSame(view?.buckets.series.lost.count, [0, 0, 1])
})

t.test('phases and operations under a fault are counted by themselves', async (t) => {
  const history = [
    event(0, { type: 'phase', phase: 'steady' }),
    ...call(100, 10),
    ...call(150, 10, denied),
    event(200, { type: 'phase', phase: 'fault' }),
    fault(200, 'strike'),
    ...call(210, 10, lost),
    fault(250, 'struck'),
    ...call(260, 2, refused),
    ...call(270, 4, {}, 'verify'),
    fault(500, 'heal'),
    ...call(510, 3, refused),
    fault(600, 'healed'),
  ]
  const [view] = aggregate(journalOf(scenarioOf({ to: 1000 })), history)
  t.strictSame(
    view?.phases.map(({ name, calls }) => [name, calls.counts]),
    [
      ['steady', { ok: 1, refused: 0, verdict: 1, lost: 0 }],
      ['fault', { ok: 1, refused: 2, verdict: 0, lost: 1 }],
    ],
  )
  t.strictSame(
    view?.underFault.map(({ operation, calls }) => [operation, calls.counts]),
    [
      ['login', { ok: 0, refused: 1, verdict: 0, lost: 0 }],
      ['verify', { ok: 1, refused: 0, verdict: 0, lost: 0 }],
    ],
    'only while it was seen to hold',
  )
  t.equal(view?.tokensVerified, 1)
})

t.test('an event belongs to its scenario; of one name that ran twice, to the run that had begun', async (t) => {
  const journal = journalOf(
    scenarioOf({ from: 0, to: 1000 }),
    scenarioOf({ from: 1000, to: 2000 }),
    scenarioOf({ name: 'other' }),
  )
  const stray = event(10, { type: 'phase', phase: 'of no scenario' }, 'unknown')
  const views = aggregate(journal, [...call(100, 5), ...call(1100, 5), ...call(1200, 5), stray])
  t.strictSame(
    views.map(({ calls }) => calls.total),
    [1, 2, 0],
  )
})
