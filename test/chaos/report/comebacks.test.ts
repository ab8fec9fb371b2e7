import t from 'tap'
import type { Call } from '../../../chaos/report/calls.ts'
import { comebacks } from '../../../chaos/report/comebacks.ts'
import { comebacks as render } from '../../../chaos/report/page/comebacks.ts'
import type { FaultSpan, GuardLane } from '../../../chaos/report/spans.ts'

const LENGTH = 60_000

const fault = (from: number, to: number): FaultSpan => {
  return { name: 'stopped', target: 'redis', from, to, struck: from + 10, heal: to - 100, healed: true }
}
const call = (due: number, outcome: Call['outcome'], ms = 10, operation: Call['operation'] = 'login'): Call => {
  return { operation, outcome, due, ms }
}
const lane = (...changes: [from: number, state: 'closed' | 'open' | 'half_open'][]): GuardLane => ({
  instance: 'auth-1',
  dependency: 'redis',
  spans: changes.map(([from, state], i) => ({ state, from, to: changes[i + 1]?.[0] ?? LENGTH })),
})
const back = (calls: readonly Call[], ...faults: FaultSpan[]) =>
  comebacks(calls, faults, [], LENGTH).flatMap(({ operations }) => operations)

const struck = call(12_000, 'refused', 1)

t.test('an operation works again at the first answer after the last failure, counted from the heal', async (t) => {
  const calls = [call(5000, 'ok', 30), struck, call(21_000, 'ok'), call(22_000, 'refused'), call(23_000, 'ok', 50)]
  t.match(back(calls, fault(10_000, 20_000)), [
    {
      operation: 'login',
      calls: 1,
      failed: 1,
      backMs: 3050,
      steady: { p50: 30, p99: 30 },
      recovery: { p50: 10, p99: 50 },
    },
  ])
})

t.test('at once, not seen, and what went on all the time', async (t) => {
  const one = fault(10_000, 20_000)
  t.match(back([struck, call(20_500, 'ok')], one), [{ backMs: 0 }])
  t.match(back([struck, call(20_500, 'lost')], one), [{ backMs: null }])
  t.match(
    back([struck, call(21_000, 'refused'), call(22_000, 'verdict')], one),
    [{ backMs: 2010 }],
    'a 4xx is an answer',
  )
  t.match(back([struck], one), [{ backMs: null, recovery: { p50: null } }])
  t.match(back([call(12_000, 'ok'), call(20_500, 'ok')], one), [{ failed: 0, backMs: 0 }])
  t.match(back([call(12_000, 'verdict'), call(21_000, 'ok')], one), [{ failed: 0 }])
  t.strictSame(back([call(21_000, 'ok')], one), [], 'what nobody asked for while it held')
})

t.test('what the next fault does is not counted', async (t) => {
  const calls = [struck, call(21_000, 'ok'), call(29_990, 'lost', 20), call(31_000, 'refused'), call(45_000, 'ok')]
  t.match(back(calls, fault(10_000, 20_000), fault(30_000, 40_000)), [{ backMs: 0 }, { backMs: 0, failed: 1 }])
})

t.test('a fault that never took, or was not healed, has no comeback; nor have very many', async (t) => {
  const { struck: _, ...never } = fault(10_000, 20_000)
  t.strictSame(back([struck], never, { ...fault(30_000, LENGTH), healed: false }), [])
  const many = Array.from({ length: 13 }, (_, i) => fault(i * 1000, i * 1000 + 500))
  t.strictSame(back([struck], ...many), [])
})

t.test('how long the breakers were open', async (t) => {
  const breakers = (...lanes: GuardLane[]) =>
    comebacks([struck], [fault(10_000, 20_000)], lanes, LENGTH).flatMap((one) => one.breakers)
  const whole = lane([0, 'closed'], [10_500, 'open'], [18_000, 'half_open'], [18_100, 'open'], [21_000, 'closed'])
  t.match(breakers(whole), [{ instance: 'auth-1', dependency: 'redis', openMs: 10_500, closedMs: 1000 }])
  t.match(breakers(lane([0, 'closed'], [10_500, 'open'])), [{ openMs: null, closedMs: null }])
  t.strictSame(breakers(lane([0, 'closed'], [50_000, 'closed'])), [])
})

t.test('the page says it in words', async (t) => {
  const text = (calls: readonly Call[], ...lanes: GuardLane[]) =>
    render(comebacks(calls, [fault(10_000, 20_000)], lanes, LENGTH))?.text ?? ''
  const open = lane([0, 'closed'], [10_500, 'open'], [21_000, 'closed'])
  const good = text([struck, call(20_500, 'refused'), call(21_000, 'ok')], open)
  t.match(good, /redis stopped, healed at 20\.0 s: 1 operation had failed, all worked again after 1\.01 s/)
  t.match(good, /The breaker of auth-1 to redis was open for 10\.5 s and closed 1 s after the heal\./)
  t.match(text([struck]), /1 operation of 1 not seen to work before the next fault/)
  t.match(text([struck], lane([10_500, 'open'])), /opened and was not closed before what came next/)
  t.match(text([struck, call(21_000, 'ok')]), /all worked again at once/)
  t.match(
    text([call(12_000, 'ok')], lane([10_500, 'open'], [19_500, 'closed'])),
    /nothing failed.*before the heal was seen/s,
  )
  t.equal(render([]), null)
})
