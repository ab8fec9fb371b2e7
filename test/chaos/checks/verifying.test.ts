import t from 'tap'
import { jwksAlwaysServed, noMixUp, tokensAlwaysVerify } from '../../../chaos/checks/index.ts'
import { isBad, isGood, Past } from './past.ts'

const INVALID = '401 invalid_token'
const verify = tokensAlwaysVerify()
const begun = () => new Past().login(0, 'ada', 's')

t.test('tokens-always-verify', async (t) => {
  isGood(t, verify, new Past(), 0, 'nothing')
  isGood(
    t,
    verify,
    begun().fault(50, 500, 'redis').verify(100, 's', 1).call(100, 'me', '200', { access: 's/a1' }),
    2,
    'both',
  )
  for (const answer of [INVALID, '503', 'ECONNRESET', 'never']) {
    isBad(t, verify, begun().fault(50, 500, 'redis').verify(100, 's', 1, answer), [/verify on auth-1/], answer)
  }
  isBad(t, verify, begun().verify(100, 's', 1, INVALID), [/401/], 'without any fault')
  isGood(t, verify, begun().refresh(50, 's', 1).verify(100, 's', 1).verify(100, 's', 2), 2, 'the old token lives on')
  isGood(
    t,
    verify,
    new Past().call(100, 'verify', INVALID, { access: 'forged', kid: 'k1' }),
    0,
    'a token from elsewhere',
  )
})

t.test('tokens-always-verify: what may be refused', async (t) => {
  const refused = (past: Past, at: number) => past.verify(at, 's', 1, INVALID)
  const short = () => new Past().login(0, 'ada', 's', { expires: 5000 })
  isGood(t, verify, refused(short(), 4500), 0, 'expired, as good as')
  isBad(t, verify, refused(short(), 3000), [/401/], 'not yet expired')
  isGood(t, verify, refused(begun().logout(90, 's'), 100), 0, 'logged out')
  isGood(t, verify, refused(begun().logout(105, 's', '503'), 100), 0, 'perhaps logged out meanwhile')
  isBad(t, verify, refused(begun().logout(200, 's'), 100), [/401/], 'logged out later')
  isBad(t, verify, refused(begun().logout(50, 's', '401 invalid_token'), 100), [/401/], 'certainly not logged out')
  isGood(t, verify, refused(begun().refresh(50, 's', 1, '401 refresh_token_reused'), 100), 0, 'ended for reuse')
})

t.test('tokens-always-verify: Revoke All', async (t) => {
  const all = (past: Past, answer = '200', found = { kid: 'k2' }) => past.call(100, 'revoke_all', answer, {}, found)
  const refused = (past: Past, at: number, generation = 1) => past.verify(at, 's', generation, INVALID)
  isGood(t, verify, refused(all(begun()), 105), 0, 'signed by the old key')
  isGood(t, verify, refused(all(begun(), '503'), 300), 0, 'perhaps revoked')
  isBad(t, verify, refused(all(begun()), 50), [/401/], 'nothing valid is refused before')
  const anew = () => all(begun()).refresh(200, 's', 1, '200', {}, { kid: 'k2' })
  isBad(t, verify, refused(anew(), 300, 2), [/401/], 'signed by the new key')
  isGood(
    t,
    verify,
    refused(all(begun()).refresh(200, 's', 1), 300, 2),
    0,
    'an instance that had not heard yet signed it',
  )
  isBad(t, verify, refused(all(begun()).refresh(1500, 's', 1), 1600, 2), [/401/], 'too late for that')
})

t.test('tokens-always-verify: an instance that is down', async (t) => {
  const lost = (past: Past, at: number, answer = 'ECONNREFUSED') => past.verify(at, 's', 1, answer)
  const restarted = (past = begun()) =>
    past
      .process(1000, 'exited', { wanted: true })
      .process(2000, 'started', { pid: 2 })
      .process(2500, 'ready', { pid: 2 })
  isGood(t, verify, lost(restarted(), 1500), 0, 'dead')
  isGood(t, verify, lost(restarted(), 900, 'ECONNRESET'), 0, 'its end is noticed late')
  isGood(t, verify, lost(restarted(), 2200), 0, 'starting')
  isBad(t, verify, lost(restarted(), 500), [/ECONNREFUSED/], 'before')
  isBad(t, verify, lost(restarted(), 4000), [/ECONNREFUSED/], 'after')
  isBad(t, verify, restarted().verify(1500, 's', 1, '503', { instance: 'auth-2' }), [/on auth-2/], 'another one lives')
  isGood(t, verify, lost(begun().fault(1000, 2000, 'auth-1', 'frozen'), 1500, 'never'), 0, 'frozen itself')
  isGood(
    t,
    verify,
    lost(restarted(begun().fault(500, 9000, 'redis').fault(600, 8000, 'postgres')), 7000, '503'),
    0,
    'started with both stores gone, it has no keys',
  )
  isBad(t, verify, lost(restarted(begun().fault(500, 9000, 'redis')), 7000, '503'), [/503/], 'with one of them it has')
  isBad(
    t,
    verify,
    lost(restarted(begun().fault(500, 9000, 'redis').fault(600, 8000, 'postgres')), 14_000, '503'),
    [/503/],
    'a store is back',
  )
})

t.test('jwks-always-served', async (t) => {
  const served = jwksAlwaysServed()
  isGood(t, served, new Past(), 0, 'nothing')
  isGood(t, served, new Past().fault(0, 500, 'redis').call(100, 'jwks', '200'), 1, 'served')
  isBad(t, served, new Past().fault(0, 500, 'redis').call(100, 'jwks', '503'), [/jwks on auth-1: 503/], 'not served')
  isGood(t, served, new Past().process(0, 'exited', { wanted: true }).call(100, 'jwks', 'ECONNREFUSED'), 0, 'dead')
})

t.test('no-mix-up', async (t) => {
  const none = noMixUp()
  isGood(t, none, new Past(), 0, 'nothing')
  isGood(t, none, begun().verify(50, 's', 1), 2, 'about who asked')
  isBad(
    t,
    none,
    begun().call(50, 'me', '200', { session: 's', access: 's/a1' }, { session: 'z' }),
    [/it is session s that asked, z that was told of/],
    'the session of somebody else',
  )
  isBad(
    t,
    none,
    new Past().call(0, 'login', '200', { user: 'ada' }, { user: 'bob' }),
    [/user ada that asked, bob/],
    'another user',
  )
})
