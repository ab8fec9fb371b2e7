import t from 'tap'
import { outageIsNoVerdict } from '../../../chaos/checks/index.ts'
import { isBad, isGood, Past } from './past.ts'

const none = outageIsNoVerdict()
const GONE = '401 invalid_refresh_token'
const user = 'ada'
/** Ada is registered and logged in, and from 100 to 1000 Redis is away. */
const begun = () => new Past().register(0, user).login(20, user, 's').fault(100, 1000, 'redis')

t.test('an outage is answered with 503 or with success, never with a verdict', async (t) => {
  isGood(t, none, new Past(), 0, 'nothing')
  isGood(t, none, begun(), 0, 'nobody asked while it was away')
  isGood(
    t,
    none,
    begun().call(200, 'login', '503', { user }).refresh(200, 's', 1, '503').verify(200, 's', 1),
    3,
    'as it must be',
  )
  isBad(
    t,
    none,
    begun().call(200, 'login', '401 invalid_credentials', { user }),
    [/login on auth-1: 401/],
    'a right password',
  )
  isBad(t, none, begun().refresh(200, 's', 1, GONE), [/refresh on auth-1: 401/], 'an honest refresh')
  isBad(t, none, begun().verify(200, 's', 1, '401 invalid_token'), [/verify/], 'a valid token')
  isBad(
    t,
    none,
    begun().logout(200, 's', '401 invalid_token', { access: 's/a1' }),
    [/logout/],
    'a logout with a valid token',
  )
  isBad(t, none, begun().register(200, 'bob', '409 email_taken'), [/register on auth-1: 409/], 'a new email')
  isBad(t, none, begun().call(200, 'jwks', '404'), [/jwks/], 'a key set that is gone')
})

t.test('verdicts with a cause, and those that are none', async (t) => {
  isGood(
    t,
    none,
    begun().call(1200, 'login', '401 invalid_credentials', { user }),
    0,
    'after the fault: not this claim',
  )
  isGood(t, none, begun().logout(150, 's').refresh(200, 's', 1, GONE), 1, 'logged out')
  isGood(t, none, begun().call(200, 'login', '429 too_many_attempts', { user }), 0, 'a spent budget')
  isGood(t, none, begun().call(200, 'guess', '401 invalid_credentials', { user }), 0, 'a wrong password')
  isGood(t, none, begun().call(200, 'login', 'ECONNRESET', { user }), 0, 'no answer')
  isGood(
    t,
    none,
    begun().register(150, 'bob', '503').register(200, 'bob', '409 email_taken'),
    1,
    'an earlier attempt made it',
  )
  isGood(
    t,
    none,
    begun().call(200, 'login', '401 invalid_credentials', { user: 'eve' }),
    0,
    'nobody knows an account of hers',
  )
})
