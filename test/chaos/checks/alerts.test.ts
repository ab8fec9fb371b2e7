import t from 'tap'
import { alertsCleared, alertsRaised, type ExpectedAlert, noFalseAlarm } from '../../../chaos/checks/index.ts'
import type { AlertEvent } from '../../../chaos/history/events.ts'
import { isBad, isGood, Past } from './past.ts'

const expected: readonly ExpectedAlert[] = [
  { fault: 'postgres stopped', alert: 'NoPostgres', raisedWithinMs: 5000, clearedWithinMs: 2000 },
  { fault: 'redis stopped', alert: 'NoRedis', raisedWithinMs: 5000, clearedWithinMs: 2000 },
  { fault: 'redis stopped', alert: 'NoRevocations', clearedWithinMs: 2000 },
]
const raised = alertsRaised(expected)
const cleared = alertsCleared(expected)
const calm = noFalseAlarm(expected)

/** A history with looks at Prometheus once a second, for so many seconds. */
class Watched extends Past {
  constructor(seconds = 0, values: Record<string, number> = { rules: 3, failed: 0, waiting: 0 }) {
    super()
    for (let i = 1; i <= seconds; i += 1) this.add(i * 1000, { type: 'sample', source: 'prometheus', values })
  }

  alert(at: number, alert: string, state: AlertEvent['state'], subject = 'auth'): this {
    return this.add(at, { type: 'alert', alert, subject, state, severity: 'critical', summary: '' })
  }
}

const good = () =>
  new Watched(20)
    .fault(1000, 10_000, 'postgres')
    .alert(2000, 'NoPostgres', 'pending')
    .alert(4000, 'NoPostgres', 'firing')
    .alert(11_500, 'NoPostgres', 'inactive')

t.test('a fault raises its alert, the heal ends it, and nothing else is raised', async (t) => {
  for (const [check, judged] of [
    [raised, 1],
    [cleared, 1],
    [calm, 20],
  ] as const)
    isGood(t, check, good(), judged, check.name)
})

t.test('with nothing to judge they do not pass', async (t) => {
  for (const check of [raised, cleared, calm]) isGood(t, check, new Watched(), 0, check.name)
  isGood(t, calm, new Watched(5, { rules: 3, failed: 0, waiting: 1 }), 0, 'looks before every rule was evaluated')
  isGood(t, calm, new Watched(5, { rules: 0, failed: 0, waiting: 0 }), 0, 'a Prometheus without rules')
  isGood(t, raised, new Watched(5).fault(1000, 4000, 'auth-1', 'killed'), 0, 'a fault that nothing is expected of')
})

t.test('an alert that is not raised, or too late', async (t) => {
  const missed = new Watched(20).fault(1000, 10_000, 'postgres').alert(2000, 'NoPostgres', 'pending')
  isBad(t, raised, missed, ['6.010 s: NoPostgres, of postgres stopped: not raised 5000 ms on'], 'pending is not raised')
  const late = new Watched(20).fault(1000, 10_000, 'postgres').alert(6500, 'NoPostgres', 'firing')
  isBad(t, raised, late, [/not raised 5000 ms on/], 'too late')
  const other = new Watched(20).fault(1000, 10_000, 'postgres').alert(2000, 'NoRedis', 'firing')
  isBad(t, raised, other, [/NoPostgres/], 'another one')
})

t.test('an alert that comes and goes while its fault holds', async (t) => {
  const flapping = good().alert(6000, 'NoPostgres', 'inactive').alert(7000, 'NoPostgres', 'firing')
  isBad(t, raised, flapping, ['1.010 s: NoPostgres, of postgres stopped: raised 2 times'], 'two notifications')
  const two = good().alert(5000, 'NoPostgres', 'firing', 'auth-2').alert(11_000, 'NoPostgres', 'inactive', 'auth-2')
  isGood(t, raised, two, 1, 'of two subjects')
})

t.test('an alert that may be raised, and need not', async (t) => {
  const past = () =>
    new Watched(9).fault(1000, 5000, 'redis').alert(1500, 'NoRedis', 'firing').alert(6000, 'NoRedis', 'inactive')
  isGood(t, raised, past(), 1, 'it was not')
  const both = past().alert(3000, 'NoRevocations', 'firing').alert(6000, 'NoRevocations', 'inactive')
  isGood(t, calm, both, 9, 'it was')
  isGood(t, cleared, both, 2, 'and it ended')
})

t.test('an alert that outlives its fault', async (t) => {
  const stuck = new Watched(20).fault(1000, 10_000, 'postgres').alert(4000, 'NoPostgres', 'firing')
  isBad(
    t,
    cleared,
    stuck,
    ['12.000 s: NoPostgres, of postgres stopped: still raised 2000 ms after the heal'],
    'for ever',
  )
  isBad(t, cleared, stuck.alert(13_000, 'NoPostgres', 'inactive'), [/still raised/], 'for too long')
  const again = stuck.fault(11_000, 12_000, 'postgres')
  isGood(t, cleared, again, 2, 'the next fault raises it by then')
})

t.test('a false alarm', async (t) => {
  const early = good().alert(500, 'NoRedis', 'firing').alert(800, 'NoRedis', 'inactive')
  isBad(t, calm, early, ['0.500 s: NoRedis of auth'], 'in a steady state')
  const wrong = good().alert(5000, 'NoRedis', 'firing', 'auth-2')
  isBad(t, calm, wrong, ['5.000 s: NoRedis of auth-2'], 'that of another fault')
  isBad(t, calm, good().alert(13_000, 'NoPostgres', 'firing'), [/^13.000 s/], 'long after the heal')
  isGood(t, calm, good().alert(600, 'NoRedis', 'pending').alert(800, 'NoRedis', 'inactive'), 20, 'pending tells nobody')
})

t.test('rules that can not be evaluated', async (t) => {
  const values = { rules: 3, failed: 1, waiting: 0 }
  const broken = good().add(20_500, { type: 'sample', source: 'prometheus', values })
  isBad(t, calm, broken, ['20.500 s: 1 rules could not be evaluated'], 'one')
})
