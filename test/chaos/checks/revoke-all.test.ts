import t from 'tap'
import { revokeAllHolds, revokeAllSignsAnew } from '../../../chaos/checks/index.ts'
import { isBad, isGood, Past } from './past.ts'

const INVALID = '401 invalid_token'
const other = { instance: 'auth-2' }
const holds = revokeAllHolds({ boundMs: 1000, recoveryMs: 5000 })
const anew = revokeAllSignsAnew({ boundMs: 1000, recoveryMs: 5000 })
const begun = () => new Past().login(0, 'ada', 's')
/** Sent at 100, acknowledged at 110; the new key is k2. */
const revoked = (sessionsVoided = false) =>
  begun().call(100, 'revoke_all', '200', { sessionsVoided }, { kid: 'k2', epoch: 2, sessionsVoided })

t.test('revoke-all-holds: nothing that an old key signed is accepted', async (t) => {
  isGood(t, holds, new Past(), 0, 'nothing')
  isGood(t, holds, begun().verify(5000, 's', 1), 0, 'no Revoke All')
  isGood(t, holds, revoked().verify(1100, 's', 1, '200', other), 0, 'within the bound')
  isGood(t, holds, revoked().verify(1200, 's', 1, INVALID).verify(1200, 's', 1, INVALID, other), 2, 'refused')
  isGood(t, holds, revoked().verify(1200, 's', 1, '503', other), 0, 'not checked is not accepted')
  isBad(
    t,
    holds,
    revoked().verify(1200, 's', 1, '200', other),
    [/on auth-2: 200 .*1090 ms after Revoke All, k1/],
    'accepted',
  )
  isBad(
    t,
    holds,
    revoked().call(1200, 'verify', '200', { access: 'forged', kid: 'k1' }),
    [/k1/],
    'a forged token that names the leaked key',
  )
  isGood(
    t,
    holds,
    revoked().refresh(200, 's', 1, '200', {}, { kid: 'k2' }).verify(1200, 's', 2),
    0,
    'the new key is good',
  )
})

t.test('revoke-all-holds: which keys are old', async (t) => {
  const seen = (past: Past) => past.call(2000, 'verify', '200', { access: 'x', kid: 'k0' })
  const all = (past: Past) => past.call(100, 'revoke_all', '200', {}, { kid: 'k2' })
  isBad(t, holds, seen(all(new Past().call(0, 'jwks', '200', {}, { kids: ['k0'] }))), [/k0/], 'one that was published')
  isBad(t, holds, seen(all(new Past().call(0, 'rotate', '200', {}, { kid: 'k0' }))), [/k0/], 'one that was rotated to')
  isGood(
    t,
    holds,
    seen(all(new Past().call(95, 'rotate', '200', {}, { kid: 'k0' }))),
    0,
    'one that may have come after',
  )
  isGood(t, holds, seen(all(new Past()).call(500, 'rotate', '200', {}, { kid: 'k0' })), 0, 'one that came after')
  isBad(
    t,
    holds,
    revoked().call(300, 'revoke_all', '200', {}, { kid: 'k3' }).call(1400, 'verify', '200', { access: 'x', kid: 'k2' }),
    [/1090 ms after Revoke All, k2/],
    'the key of the Revoke All before',
  )
  for (const answer of ['503', 'ECONNRESET', 'never']) {
    isGood(t, holds, begun().call(100, 'revoke_all', answer).verify(5000, 's', 1), 0, `of unknown outcome: ${answer}`)
  }
})

t.test('revoke-all-holds: with sessions no earlier refresh token is redeemed', async (t) => {
  isGood(t, holds, revoked(false).refresh(1200, 's', 1, '200', {}, { kid: 'k2' }), 0, 'without sessions it is')
  isGood(t, holds, revoked(true).refresh(1200, 's', 1, '401 invalid_refresh_token'), 1, 'refused')
  isBad(t, holds, revoked(true).refresh(1200, 's', 1), [/refresh on auth-1: 200 .*a session of before/], 'redeemed')
  isGood(
    t,
    holds,
    revoked(true).login(200, 'ada', 'z', { kid: 'k2' }).refresh(1200, 'z', 1),
    0,
    'a session that began since',
  )
})

t.test('revoke-all-holds: only the loss of both stores puts the bound off', async (t) => {
  const late = () => revoked().verify(2000, 's', 1, '200', other)
  isBad(t, holds, late().fault(50, 3000, 'redis'), [/on auth-2/], 'Redis alone')
  isGood(t, holds, late().fault(500, 3000, 'redis').fault(600, 2500, 'postgres'), 0, 'both')
  isBad(t, holds, late().fault(500, 900, 'redis').fault(950, 1200, 'postgres'), [/on auth-2/], 'one after the other')
  const later = revoked().fault(500, 3000, 'redis').fault(600, 2500, 'postgres').verify(9000, 's', 1, '200', other)
  isBad(t, holds, later, [/on auth-2/], 'back in touch')
})

t.test('revoke-all-signs-anew', async (t) => {
  isGood(t, anew, new Past(), 0, 'nothing')
  isGood(t, anew, begun().refresh(5000, 's', 1), 0, 'no Revoke All')
  isGood(t, anew, revoked().refresh(500, 's', 1, '200', other), 0, 'within the bound')
  isGood(t, anew, revoked().refresh(1200, 's', 1, '200', {}, { kid: 'k2' }), 1, 'signed with the new key')
  isGood(t, anew, revoked().call(1200, 'jwks', '200', {}, { kids: ['k2', 'k3'] }), 1, 'only new keys are published')
  isBad(
    t,
    anew,
    revoked().refresh(1200, 's', 1, '200', other),
    [/refresh on auth-2.*gave the old key k1/],
    'signed with the old',
  )
  isBad(t, anew, revoked().call(1200, 'jwks', '200', {}, { kids: ['k2', 'k1'] }), [/gave the old key k1/], 'published')
})
