import t from 'tap'
import type { BreakerEvent, FaultEvent, ProcessEvent } from '../../../chaos/history/events.ts'
import { faultSpans, guardLanes, phaseSpans } from '../../../chaos/report/spans.ts'

const fault = (at: number, stage: FaultEvent['stage'], fault = 'f1') => {
  return { at, type: 'fault', fault, name: 'stopped', target: 'redis', stage } as const
}

t.test('a fault lasts from its strike until it is healed', async (t) => {
  const events = [fault(100, 'strike'), fault(150, 'struck'), fault(400, 'heal'), fault(450, 'healed')]
  t.strictSame(faultSpans(events, 1000), [
    { name: 'stopped', target: 'redis', from: 100, to: 450, struck: 150, heal: 400, healed: true },
  ])
})

t.test('faults at the same time stay apart, and one that is not healed lasts to the end', async (t) => {
  const events = [
    fault(100, 'strike', 'a'),
    fault(120, 'strike', 'b'),
    fault(130, 'struck', 'b'),
    fault(200, 'healed', 'b'),
  ]
  t.strictSame(faultSpans(events, 1000), [
    { name: 'stopped', target: 'redis', from: 100, to: 1000, healed: false },
    { name: 'stopped', target: 'redis', from: 120, to: 200, struck: 130, healed: true },
  ])
})

t.test('a phase lasts until the next one', async (t) => {
  const events = [
    { at: 0, type: 'phase', phase: 'steady' },
    { at: 300, type: 'phase', phase: 'fault' },
  ] as const
  t.strictSame(phaseSpans(events, 1000), [
    { name: 'steady', from: 0, to: 300 },
    { name: 'fault', from: 300, to: 1000 },
  ])
})

const breaker = (at: number, state: BreakerEvent['state'], instance = 'auth-1', reason?: string) => {
  return { at, type: 'breaker', instance, dependency: 'redis', state, ...(reason !== undefined && { reason }) } as const
}
const instance = (at: number, stage: ProcessEvent['stage'], how?: string) => {
  return { at, type: 'process', instance: 'auth-1', pid: 1, stage, ...(how !== undefined && { how }) } as const
}

t.test('a breaker keeps its state until it changes, with the reason for it', async (t) => {
  const events = [breaker(50, 'closed'), breaker(100, 'open', 'auth-1', 'ETIMEDOUT'), breaker(300, 'half_open')]
  t.strictSame(guardLanes(events, 1000), [
    {
      instance: 'auth-1',
      dependency: 'redis',
      spans: [
        { state: 'closed', from: 50, to: 100 },
        { state: 'open', from: 100, to: 300, reason: 'ETIMEDOUT' },
        { state: 'half_open', from: 300, to: 1000 },
      ],
    },
  ])
})

t.test('an instance that is not running has no breaker, and nothing is known until it tells', async (t) => {
  const events = [
    instance(0, 'started'),
    breaker(10, 'closed'),
    instance(20, 'ready'),
    instance(100, 'exited', 'SIGKILL'),
    instance(200, 'started'),
    breaker(250, 'connecting'),
  ]
  t.strictSame(guardLanes(events, 1000)[0]?.spans, [
    { state: 'closed', from: 10, to: 100 },
    { state: 'down', from: 100, to: 200, reason: 'SIGKILL' },
    { state: 'connecting', from: 250, to: 1000 },
  ])
})

t.test('what was before the scenario or after it is left out', async (t) => {
  const events = [breaker(-50, 'connecting'), breaker(-20, 'closed'), instance(1001, 'exited')]
  t.strictSame(guardLanes(events, 1000)[0]?.spans, [{ state: 'closed', from: -20, to: 1001 }])
  t.strictSame(guardLanes([breaker(1001, 'open')], 1000), [])
})

t.test('lanes are in the order of their names, one for each guard', async (t) => {
  const lanes = guardLanes([breaker(1, 'open', 'b'), breaker(2, 'open', 'a'), breaker(3, 'closed', 'b')], 10)
  t.strictSame(
    lanes.map(({ instance, spans }) => [instance, spans.length]),
    [
      ['a', 1],
      ['b', 2],
    ],
  )
})
