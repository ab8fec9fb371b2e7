import t from 'tap'
import { registeredOnce, registrationsKept } from '../../../chaos/checks/index.ts'
import { isBad, isGood, Past } from './past.ts'

t.test('registrations-kept', async (t) => {
  const kept = registrationsKept()
  isGood(t, kept, new Past(), 0, 'nothing happened: nothing judged')
  isGood(t, kept, new Past().register(0, 'ada').login(100, 'ada', 's'), 1, 'registered, and logs in')
  isGood(
    t,
    kept,
    new Past()
      .fault(50, 500, 'postgres')
      .register(0, 'ada')
      .call(100, 'login', '503', { user: 'ada' })
      .login(600, 'ada', 's'),
    1,
    'a 503 in between is no loss',
  )
  isBad(
    t,
    kept,
    new Past().register(0, 'ada').call(100, 'login', '401 invalid_credentials', { user: 'ada' }).login(200, 'ada', 's'),
    [/ada was registered, and then: login on auth-1: 401 invalid_credentials/],
    'refused once is lost, also when it is there later',
  )
  isBad(
    t,
    kept,
    new Past().register(0, 'ada').login(20, 'ada', 's').fault(50, 500, 'postgres'),
    [/after the heal nobody tried to log in/],
    'what was not asked after the heal is not known to be kept',
  )
  isBad(
    t,
    kept,
    new Past().fault(50, 500, 'postgres').register(0, 'ada').call(600, 'login', '503', { user: 'ada' }),
    [/after the heal the last login was: .* 503/],
    'no login goes well after the heal',
  )
})

t.test('registrations-kept: what is not known can not be lost', async (t) => {
  const kept = registrationsKept()
  const refused = '401 invalid_credentials'
  isGood(
    t,
    kept,
    new Past().register(0, 'ada', 'ECONNRESET').call(100, 'login', refused, { user: 'ada' }),
    0,
    'a registration of unknown outcome may not exist',
  )
  isGood(
    t,
    kept,
    new Past().register(0, 'ada', 'ECONNRESET').login(100, 'ada', 's'),
    1,
    'and it may: who logs in exists',
  )
  isBad(
    t,
    kept,
    new Past()
      .register(0, 'ada', '503')
      .register(50, 'ada', '409 email_taken')
      .call(100, 'login', refused, { user: 'ada' }),
    [/ada was registered/],
    'but a 409 on the repeat says that it does',
  )
  isGood(
    t,
    kept,
    new Past().call(0, 'login', refused, { user: 'ada', ms: 90 }).register(5, 'ada').login(200, 'ada', 's'),
    1,
    'a login that was sent before the acknowledgement may have been too early',
  )
  isGood(
    t,
    kept,
    new Past()
      .register(0, 'ada')
      .login(20, 'ada', 's')
      .fault(50, 90, 'redis')
      .call(100, 'login', '429 too_many_attempts', { user: 'ada' }),
    0,
    'a spent budget tells nothing about the account',
  )
})

t.test('registered-once', async (t) => {
  const once = registeredOnce()
  isGood(t, once, new Past(), 0, 'nothing')
  isGood(
    t,
    once,
    new Past().register(0, 'ada').register(0, 'bob').register(50, 'ada', '409 email_taken'),
    2,
    'two emails',
  )
  isBad(t, once, new Past().register(0, 'ada').register(50, 'ada'), [/ada was registered a second time/], 'twice')
  isBad(
    t,
    once,
    new Past().register(0, 'ada').login(50, 'ada', 's', { account: 'another' }),
    [/ada is account id of ada, and by login account another/],
    'a login into another account',
  )
})
