import t from 'tap'
import { aggregate } from '../../../chaos/report/aggregate.ts'
import {
  findings,
  headline,
  isLate,
  loggedOutWrongly,
  totals,
  violationCount,
  whatBroke,
  worstRecovery,
} from '../../../chaos/report/summary.ts'
import { call, event, journalOf, scenarioOf, verdictOf } from './events.ts'

const twenty = Array.from({ length: 20 }, (_, i) => `at ${i}: a session was refused`)
const sessions = (more: object) => scenarioOf({ verdicts: [verdictOf({ check: 'sessions-survive', ...more })] })

t.test('violations are counted beyond the lines that are listed', async (t) => {
  t.equal(violationCount({ violations: [] }), 0)
  t.equal(violationCount({ violations: twenty }), 20)
  t.equal(violationCount({ violations: [...twenty, 'and 17 more'] }), 37)
  t.equal(violationCount({ violations: [...twenty, '... and 1,017 more.'] }), 1037)
  t.equal(violationCount({ violations: ['and another thing'] }), 1)
})

t.test('users that were logged out wrongly, over all scenarios', async (t) => {
  t.equal(loggedOutWrongly(journalOf()), 'not judged')
  t.equal(loggedOutWrongly(journalOf(scenarioOf({ verdicts: [verdictOf()] }))), 'not judged')
  t.equal(loggedOutWrongly(journalOf(sessions({ judged: 0 }))), 'not judged', 'nothing to judge is no zero')
  t.equal(loggedOutWrongly(journalOf(sessions({}), sessions({ judged: 0 }))), 0)
  t.equal(
    loggedOutWrongly(journalOf(sessions({ violations: ['one'] }), sessions({ violations: [...twenty, 'and 5 more'] }))),
    26,
  )
})

t.test('the headline names what is broken, and silence is no success', async (t) => {
  const good = scenarioOf({ verdicts: [verdictOf()] })
  const broken = scenarioOf({
    outcome: 'failed',
    verdicts: [verdictOf({ violations: ['x'] }), verdictOf({ judged: 0 })],
  })
  t.strictSame(headline(journalOf(good)), { good: true, text: 'All claims held' })
  t.strictSame(headline(journalOf(good, broken)), { good: false, text: '2 claims broken' })
  t.strictSame(headline(journalOf(good, scenarioOf({ outcome: 'failed' }))), { good: false, text: '1 scenario failed' })
  t.strictSame(headline(journalOf(scenarioOf({ outcome: 'skipped' }))), { good: false, text: 'Nothing was judged' })
})

t.test('the numbers of a run', async (t) => {
  const strike = (at: number, stage: 'strike' | 'struck', fault: string) =>
    event(at, { type: 'fault', fault, name: 'stopped', target: 'redis', stage })
  const journal = journalOf(
    scenarioOf({ verdicts: [verdictOf(), verdictOf({ judged: 0 })] }),
    scenarioOf({ name: 'b', outcome: 'failed' }),
    scenarioOf({ name: 'c', outcome: 'skipped' }),
  )
  const history = [
    strike(1, 'strike', 'took'),
    strike(2, 'struck', 'took'),
    strike(3, 'strike', 'did not take'),
    ...call(10, 1, {}, 'verify'),
    ...call(10, 1, {}, 'me'),
    ...call(10, 1, { type: 'fail', status: 401 }, 'verify'),
  ]
  t.strictSame(totals(aggregate(journal, history)), {
    passed: 1,
    failed: 1,
    skipped: 1,
    claims: 2,
    claimsHeld: 1,
    operations: 3,
    faultsStruck: 1,
    tokensVerified: 1,
  })
})

t.test('the worst recovery is the one nearest to its bound', async (t) => {
  const slow = { name: 'slow', ms: 4000, boundMs: 10_000 }
  const late = { name: 'late', ms: 600, boundMs: 500 }
  t.equal(worstRecovery([slow, late]), late)
  t.equal(worstRecovery([]), undefined)
  t.ok(isLate(late))
  t.notOk(isLate({ name: 'just', ms: 500, boundMs: 500 }))
})

t.test('what broke, the gravest first', async (t) => {
  const result = scenarioOf({
    outcome: 'failed',
    reason: 'Error: no answer',
    steps: [
      { text: 'good', ok: true, at: 1 },
      { text: 'bad', ok: false, at: 2, detail: 'it was 500' },
    ],
    verdicts: [verdictOf(), verdictOf({ violations: ['x', 'y'] })],
    recoveries: [{ name: 'login', ms: 6420, boundMs: 5000 }],
  })
  t.strictSame(whatBroke(result), [
    'It ended early: Error: no answer',
    'Claim broken: No request takes too long. (deadline: 2 violations)',
    'Step failed: bad (it was 500)',
    'Too late: login, 6.42 s of 5 s',
  ])
  t.strictSame(whatBroke(scenarioOf({ outcome: 'skipped', reason: 'no docker' })), [])
  t.equal(findings(verdictOf()), 'no violation')
  t.equal(findings(verdictOf({ judged: 0 })), 'nothing to judge')
})
