import t from 'tap'
import { type Check, passes } from '../../../chaos/checks/verdict.ts'
import { soakChecks } from '../../../chaos/soak/checks.ts'
import { healedLater, withoutCalls } from '../../../chaos/soak/views.ts'
import { Past } from '../checks/past.ts'

function checkNamed(name: string): Check {
  const found = soakChecks().find(({ check }) => check.name === name)
  if (found === undefined) throw new Error(`no check ${name}`)
  return found.check
}

t.test('the same check is not there twice', async (t) => {
  const names = soakChecks().map(({ check }) => check.name)
  t.equal(new Set(names).size, names.length)
})

t.test('a key that an instance can not have heard of', async (t) => {
  const check = checkNamed('tokens-always-verify')
  const past = (answer: string, at: number, dependency = 'signing-keys') =>
    new Past()
      .login(0, 'u', 's')
      .fault(1000, 4000, 'postgres')
      .fault(2000, 5000, 'redis')
      .call(at, 'verify', answer, { session: 's', access: 's/a1' }, { dependency }).events
  const unavailable = '503 dependency_unavailable'
  t.strictSame(check.judge(past(unavailable, 3000)).violations, [], 'no store could be asked')
  t.strictSame(check.judge(past(unavailable, 8000)).violations, [], 'nor yet')
  t.equal(check.judge(past(unavailable, 20_000)).violations.length, 1, 'but later')
  t.equal(check.judge(past(unavailable, 3000, 'redis')).violations.length, 1, 'it needs no store for a key that it has')
  t.equal(check.judge(past('401 invalid_token', 3000)).violations.length, 1, 'and it never says that it is wrong')
})

t.test('a Revoke All is known everywhere, but not while a store is still coming back', async (t) => {
  const check = checkNamed('revoke-all-holds')
  const past = (revokeAt: number) =>
    new Past()
      .login(0, 'u', 's')
      .fault(1000, 4000, 'postgres')
      .fault(4500, 9000, 'redis')
      .call(revokeAt, 'revoke_all', '200', {}, { kid: 'k2', epoch: 2 })
      .verify(revokeAt + 2000, 's', 1).events
  t.equal(check.judge(past(5000)).judged, 0, 'Postgres was healed a moment before Redis was gone')
  t.equal(check.judge(past(30_000)).violations.length, 1)
})

t.test('a logout is known everywhere, but not to an instance that is still coming back', async (t) => {
  const check = checkNamed('revocation-holds')
  const past = (logoutAt: number) =>
    new Past()
      .login(0, 'u', 's')
      .fault(1000, 4000, 'redis')
      .logout(logoutAt, 's', '204', { instance: 'auth-2', access: 's/a1' })
      .verify(logoutAt + 1500, 's', 1).events
  t.equal(check.judge(past(4200)).judged, 0, 'Redis was healed a moment before')
  t.equal(check.judge(past(20_000)).violations.length, 1)
})

t.test('a refusal that comes late because the other dependency was waited for', async (t) => {
  const check = checkNamed('refused-at-once')
  const past = (more: (past: Past) => Past) =>
    more(new Past().breaker(1000, 'open'))
      .call(1500, 'logout', '503 dependency_unavailable', { ms: 600, session: 's' }, { dependency: 'postgres' })
      .verify(1500, 's', 1).events
  t.equal(check.judge(past((one) => one.fault(900, 5000, 'postgres'))).violations.length, 1)
  t.equal(check.judge(past((one) => one.fault(900, 5000, 'redis'))).violations.length, 0)
})

t.test('who has gone without a logout that was accepted is not waited for', async (t) => {
  const check = checkNamed('sessions-survive')
  const past = () => new Past().login(0, 'u', 's').fault(500, 1000, 'redis').refresh(1500, 's', 1, '503')
  t.equal(check.judge(past().events).violations.length, 1)
  const gone = past().call(2000, 'logout', '401 invalid_token', { session: 's', access: 's/a1' })
  t.strictSame(check.judge(gone.events).violations, [])
  const refused = gone.refresh(1800, 's', 1, '401 invalid_refresh_token')
  t.equal(check.judge(refused.events).violations.length, 1, 'but a refusal is one')
})

t.test('histories seen in another way', async (t) => {
  const past = new Past().fault(0, 100, 'redis').verify(150, 's', 1).verify(5000, 's', 1)
  const later = healedLater(past.events, 1000)
  t.strictSame(
    later.flatMap((event) => (event.type === 'fault' ? [`${event.stage} ${event.at}`] : [])),
    ['strike 0', 'struck 10', 'heal 90', 'healed 1100'],
  )
  t.ok(
    later.every(({ at }, i) => at >= (later[i - 1]?.at ?? 0)),
    'in order',
  )
  t.equal(past.events.find((event) => event.type === 'fault' && event.stage === 'healed')?.at, 100, 'it is a copy')
  const some = withoutCalls(past.events, ({ from }) => from > 1000)
  t.equal(some.filter(({ type }) => type === 'invoke').length, 1)
  t.equal(some.filter(({ type }) => type === 'ok').length, 1)
  t.equal(withoutCalls(past.events, () => false).length, past.events.length)
})

t.test('a history in which nothing happens passes nothing that must be judged', async (t) => {
  for (const { check, judges } of soakChecks()) {
    if (judges === 'always') t.notOk(passes(check.judge([])), check.name)
  }
})
