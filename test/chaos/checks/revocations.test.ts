import t from 'tap'
import { revocationHolds } from '../../../chaos/checks/index.ts'
import { isBad, isGood, Past } from './past.ts'

const INVALID = '401 invalid_token'
const other = { instance: 'auth-2' }
const holds = revocationHolds({ boundMs: 1000, recoveryMs: 5000 })
const begun = () => new Past().login(0, 'ada', 's')
/** Logged out at 100, acknowledged at 110. */
const left = () => begun().logout(100, 's')

t.test('after its bound a revoked session is refused everywhere', async (t) => {
  isGood(t, holds, new Past(), 0, 'nothing')
  isGood(t, holds, begun().verify(2000, 's', 1), 0, 'nobody logged out')
  isGood(t, holds, left().verify(1200, 's', 1, INVALID).verify(1200, 's', 1, INVALID, other), 2, 'refused on both')
  isGood(t, holds, left().verify(1100, 's', 1, '200', other), 0, 'within the bound')
  isGood(t, holds, left().verify(1100, 's', 1, '200', { ...other, ms: 900 }), 0, 'sent within the bound')
  isGood(t, holds, left().verify(1200, 's', 1, '503'), 0, 'not checked is not accepted')
  isBad(
    t,
    holds,
    left().verify(1200, 's', 1, '200', other),
    [/verify on auth-2: 200 \(session s\), sent 1090 ms after its logout on auth-1/],
    'accepted by another',
  )
  isBad(t, holds, left().verify(1200, 's', 1), [/on auth-1/], 'accepted by the one that acknowledged it')
  isBad(t, holds, left().refresh(1200, 's', 1), [/refresh on auth-1: 200/], 'refreshed')
  isBad(t, holds, left().call(1200, 'me', '200', { access: 's/a1' }), [/me on auth-1/], 'known by its token alone')
})

t.test('what was not acknowledged binds nobody', async (t) => {
  for (const answer of ['503', 'ECONNRESET', 'never', '401 invalid_token']) {
    isGood(t, holds, begun().logout(100, 's', answer).verify(5000, 's', 1), 0, answer)
  }
  isBad(
    t,
    holds,
    begun().logout(100, 's', '503').logout(200, 's').verify(1300, 's', 1),
    [/1090 ms after its logout/],
    'the repeat that was acknowledged does',
  )
})

t.test('a session that was ended for reuse is revoked too', async (t) => {
  const reused = () => begun().refresh(100, 's', 1, '401 refresh_token_reused')
  isGood(t, holds, reused().verify(1200, 's', 1, INVALID), 1, 'refused')
  isBad(t, holds, reused().verify(1200, 's', 1), [/after its end for reuse/], 'accepted')
})

t.test('an instance that is cut off from Redis hears of it when it is back', async (t) => {
  isGood(
    t,
    holds,
    left().fault(500, 3000, 'redis').verify(2000, 's', 1, '200', other),
    0,
    'cut off before it could hear',
  )
  isGood(
    t,
    holds,
    left().fault(500, 3000, 'redis').verify(8000, 's', 1, '200', other),
    0,
    'its breaker may still be open',
  )
  isBad(t, holds, left().fault(500, 3000, 'redis').verify(9100, 's', 1, '200', other), [/on auth-2/], 'back in touch')
  isBad(t, holds, left().fault(500, 3000, 'redis').verify(2000, 's', 1), [/on auth-1/], 'who acknowledged it knows')
  isBad(
    t,
    holds,
    left().fault(1200, 3000, 'redis').verify(2000, 's', 1, '200', other),
    [/on auth-2/],
    'it had heard before',
  )
  isBad(
    t,
    holds,
    left().fault(500, 3000, 'postgres').verify(2000, 's', 1, '200', other),
    [/on auth-2/],
    'Postgres alone',
  )
  isGood(t, holds, left().fault(500, undefined, 'redis').verify(99_000, 's', 1, '200', other), 0, 'never healed')
  const strict = revocationHolds({ cutsOff: () => false })
  isBad(t, strict, left().fault(500, 3000, 'redis').verify(2000, 's', 1, '200', other), [/on auth-2/], 'no such excuse')
})

t.test('an instance that was started since has forgotten, and must hear of it again', async (t) => {
  const restarted = () => left().process(1500, 'exited', { wanted: true }).process(2000, 'started', { pid: 2 })
  isGood(t, holds, restarted().verify(2500, 's', 1), 0, 'within the bound of its start')
  isBad(t, holds, restarted().verify(3100, 's', 1), [/on auth-1/], 'after it')
  const slow = () => restarted().process(3000, 'ready', { pid: 2 })
  isGood(t, holds, slow().verify(3900, 's', 1), 0, 'within the bound of the end of a slow start')
  isGood(t, holds, slow().fault(2900, 9000, 'redis').verify(4500, 's', 1), 0, 'Redis went away before that')
  isBad(t, holds, slow().verify(4100, 's', 1), [/on auth-1/], 'after a slow start')
  isGood(
    t,
    holds,
    restarted().fault(1800, 9000, 'redis').verify(4000, 's', 1),
    0,
    'while Redis is down it can not hear',
  )
  isBad(t, holds, restarted().fault(1800, 9000, 'redis').verify(16_000, 's', 1), [/on auth-1/], 'when Redis is back')
})
