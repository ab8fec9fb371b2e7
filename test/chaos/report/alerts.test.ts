import t from 'tap'
import type { AlertEvent } from '../../../chaos/history/events.ts'
import { aggregate } from '../../../chaos/report/aggregate.ts'
import { alertLanes, faultOf } from '../../../chaos/report/alerts.ts'
import { alerts } from '../../../chaos/report/page/alerts.ts'
import { event, journalOf, scenarioOf } from './events.ts'

const alert = (at: number, state: AlertEvent['state'], alert = 'Down', subject = 'auth-1') => {
  return { at, type: 'alert', alert, subject, state, severity: 'warning', summary: `${subject} is down` } as const
}

const ofScenario = <E>(one: E) => ({ scenario: 's', ...one })

t.test('one lane for each alert that was raised, in the order of that, with what is not over yet', async (t) => {
  const events = [
    alert(100, 'pending'),
    alert(120, 'pending', 'Never'),
    alert(150, 'firing', 'Other'),
    alert(200, 'firing'),
    alert(300, 'firing', 'Down', 'auth-2'),
    alert(400, 'inactive'),
  ]
  const lanes = alertLanes(events, 1000)
  t.strictSame(
    lanes.map(({ alert }) => alert),
    ['Other', 'Down'],
  )
  t.match(lanes[1]?.spans, [
    { state: 'pending', subject: 'auth-1', from: 100, to: 200, ended: true },
    { state: 'firing', subject: 'auth-1', from: 200, to: 400, ended: true },
    { state: 'firing', subject: 'auth-2', from: 300, to: 1000, ended: false },
  ])
})

t.test('an alert stands beside the last fault before it', async (t) => {
  const fault = (from: number) => ({ name: 'stopped', target: 'redis', from, to: from + 50, healed: true })
  const [lane] = alertLanes([alert(100, 'firing')], 1000)
  const span = lane?.spans[0] as NonNullable<typeof lane>['spans'][number]
  const faults = [fault(20), fault(60), fault(500)]
  t.equal(faultOf(span, faults), faults[1])
  t.equal(faultOf(span, []), undefined)
})

t.test('the table tells how long after the fault it was raised, and after the heal it ended', async (t) => {
  const fault = (at: number, stage: 'strike' | 'struck' | 'heal' | 'healed') =>
    event(at, { type: 'fault', fault: 'f', name: 'stopped', target: 'redis', stage })
  const history = [
    ...[fault(1000, 'strike'), fault(1100, 'struck'), fault(9000, 'heal'), fault(9500, 'healed')],
    ...[alert(6100, 'firing'), alert(11_500, 'inactive'), alert(12_000, 'firing', 'Late')].map(ofScenario),
  ]
  const [view] = aggregate(journalOf(scenarioOf({ to: 20_000 })), history)
  const text = view && alerts(view)?.text
  t.match(text, /warning, auth-1: auth-1 is down<\/span><\/th><td>redis stopped<\/td>/)
  t.match(text, /6\.1 s<\/td><td class="number">5 s<\/td><td class="number">2 s<\/td>/)
  t.match(text, /not ended/)
  t.equal(alerts({ ...(view as NonNullable<typeof view>), alerts: [] }), null)
})
