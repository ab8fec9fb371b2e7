import t from 'tap'
import { callsOf, describe } from '../../../chaos/checks/calls.ts'
import { check } from '../../../chaos/checks/check.ts'
import { passes } from '../../../chaos/checks/verdict.ts'
import { Past } from './past.ts'

t.test('an invocation is joined with its end; without one its outcome is unknown', async (t) => {
  const past = new Past().call(0, 'jwks', '200').call(1, 'me', 'never', { user: 'ada' })
  const [first, second] = callsOf(past.events)
  t.match(first, { operation: 'jwks', from: 0, to: 10, outcome: 'ok', instance: 'auth-1' })
  t.match(second, { operation: 'me', from: 1, to: Number.POSITIVE_INFINITY, outcome: 'info', end: undefined })
  t.equal(second && describe(second), 'me on auth-1: never answered (ada)')
})

t.test('the instance is the one that answered', async (t) => {
  const past = new Past().call(0, 'jwks', '200', {}, { instance: 'auth-2' })
  t.equal(callsOf(past.events)[0]?.instance, 'auth-2')
})

t.test('what is no history is an error, not a verdict', async (t) => {
  const common = { op: 1, operation: 'jwks', instance: 'auth-1' } as const
  const begin = { type: 'invoke', due: 0, ...common } as const
  const end = { type: 'ok', ms: 1, ...common } as const
  t.throws(() => callsOf(new Past().add(0, end).events), /operation 1 ends without a beginning/)
  t.throws(() => callsOf(new Past().add(0, begin).add(1, begin).events), /operation 1 begins twice/)
  t.throws(() => callsOf(new Past().add(0, begin).add(1, end).add(2, end).events), /operation 1 ends twice/)
})

t.test('violations are told in order, at most 20, then how many more', async (t) => {
  const many = check('many', 'nothing is wrong', (_, findings) => {
    findings.judged = 1
    for (let i = 25; i > 0; i -= 1) findings.add(i * 1000, `the ${i}th`)
  })
  const verdict = many.judge([])
  t.match(verdict, { check: 'many', claim: 'nothing is wrong', judged: 1 })
  t.equal(verdict.violations.length, 21)
  t.equal(verdict.violations[0], '1.000 s: the 1th')
  t.equal(verdict.violations.at(-1), 'and 5 more')
  t.notOk(passes(verdict))
})
