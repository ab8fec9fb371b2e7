import t from 'tap'
import * as all from '../../../chaos/checks/index.ts'
import {
  alwaysHold,
  type Check,
  holdOfBreakers,
  holdUnderFaults,
  loggedOutWrongly,
} from '../../../chaos/checks/index.ts'
import { Past } from './past.ts'

const everything: readonly Check[] = [
  ...alwaysHold(),
  ...holdUnderFaults(),
  ...holdOfBreakers(),
  all.lostAnswersForgiven(),
  all.revocationHolds(),
  all.revokeAllHolds(),
  all.revokeAllSignsAnew(),
  all.guessBudget(),
  all.noPasswordChecked(),
  all.answersDuring({ targets: ['redis'], expected: { refresh: [503] } }),
  all.allSucceed(),
]

t.test('each check has a name of its own and a claim, and an empty history passes none', async (t) => {
  t.equal(new Set(everything.map(({ name }) => name)).size, everything.length)
  for (const check of everything) {
    t.match(check.name, /^[a-z0-9]+(-[a-z0-9]+)*$/, check.name)
    t.ok(check.claim.length > 10, `${check.name}: ${check.claim}`)
    const verdict = check.judge([])
    t.strictSame(verdict, { check: check.name, claim: check.claim, judged: 0, violations: [] }, check.name)
    t.notOk(all.passes(verdict), `${check.name}: nothing to judge is no pass`)
  }
})

t.test('the groups pass a history in which all is well', async (t) => {
  const past = new Past().process(0, 'started').process(5, 'ready').breaker(6, 'closed')
  past
    .register(2000, 'ada')
    .login(2100, 'ada', 's')
    .refresh(2200, 's', 1)
    .verify(2300, 's', 2)
    .call(2300, 'jwks', '200')
  past.fault(3000, 9000, 'postgres').breaker(3500, 'open').breaker(6500, 'half_open').breaker(7500, 'open')
  past.breaker(9900, 'half_open').breaker(10_000, 'closed').traffic('postgres', 'call', 2050, 6510, 9910, 10_500)
  const problem = { code: 'dependency_unavailable', dependency: 'postgres', retryAfter: 1 }
  past.call(4000, 'login', '503', { user: 'ada' }, problem).refresh(4000, 's', 2).verify(4100, 's', 3)
  past.login(11_000, 'ada', 'z').refresh(11_100, 's', 3).verify(11_200, 's', 4)
  past.searched(12_000)
  for (const check of [...alwaysHold(), ...holdUnderFaults(), ...holdOfBreakers()]) {
    const verdict = check.judge(past.events)
    t.ok(all.passes(verdict), `${check.name}: ${verdict.judged} judged, ${verdict.violations.join(' | ')}`)
  }
  t.equal(loggedOutWrongly(past.events), 0)
})

t.test('200,000 events are judged in seconds', async (t) => {
  const past = new Past()
  const sessions = 500
  for (let s = 0; s < sessions; s += 1) past.register(s, `user${s}`).login(s + 20, `user${s}`, `s${s}`)
  for (let i = 0; i < 95_000; i += 1) {
    const session = `s${i % sessions}`
    const generation = Math.floor(i / sessions)
    if (i % 5 === 0) past.call(1000 + i, 'jwks', '200', {}, { kids: ['k1'] })
    else if (i % 2 === 0) past.verify(1000 + i, session, 1)
    else past.refresh(1000 + i, session, generation + 1)
  }
  for (let i = 0; i < 10_000; i += 1) past.traffic('postgres', 'call', 1000 + i * 9)
  for (let i = 0; i < 200; i += 1) past.breaker(1000 + 400 * i, i % 2 === 0 ? 'open' : 'half_open')
  const { events } = past
  t.ok(events.length > 200_000, `${events.length} events`)
  const begin = performance.now()
  for (const check of everything) check.judge(events)
  const ms = Math.round(performance.now() - begin)
  t.ok(ms < 20_000, `${everything.length} checks in ${ms} ms`)
})
