import t from 'tap'
import { loggedOutWrongly, lostAnswersForgiven, refreshOnce, sessionsSurvive } from '../../../chaos/checks/index.ts'
import { isBad, isGood, Past } from './past.ts'

const GONE = '401 invalid_refresh_token'
const REUSED = '401 refresh_token_reused'

t.test('refresh-once', async (t) => {
  const once = refreshOnce({ graceMs: 1000 })
  isGood(t, once, new Past(), 0, 'nothing')
  isGood(t, once, new Past().refresh(0, 's', 1).refresh(100, 's', 2), 2, 'from token to token')
  isGood(t, once, new Past().refresh(0, 's', 1).refresh(900, 's', 1), 1, 'the same successor again within the grace')
  isGood(
    t,
    once,
    new Past().refresh(0, 's', 1, '200', { ms: 800 }).refresh(1700, 's', 1),
    1,
    'the grace counts from the answer, which may be late',
  )
  isBad(
    t,
    once,
    new Past().refresh(0, 's', 1).refresh(500, 's', 1, '200', {}, { refresh: 's/other' }),
    [/s\/r1 gave s\/r2, and then s\/other/],
    'two successors',
  )
  isBad(
    t,
    once,
    new Past().refresh(0, 's', 1).refresh(1100, 's', 1),
    [/redeemed again 1090 ms after/],
    'after the grace',
  )
  isBad(
    t,
    once,
    new Past().refresh(0, 's', 1).refresh(100, 's', 2, '200', {}, { refresh: 's/r2' }),
    [/s\/r2 came from s\/r1 and from s\/r2/],
    'a token that is its own successor',
  )
  isBad(
    t,
    once,
    new Past().refresh(0, 's', 1, '200', { ms: 500 }).refresh(10, 's', 1, '200', { ms: 400 }, { refresh: 's/other' }),
    [/gave s\/other, and then s\/r2/],
    'two at once, the later one answered first',
  )
})

t.test('sessions-survive', async (t) => {
  const survive = sessionsSurvive()
  const begun = () => new Past().login(0, 'ada', 's')
  isGood(t, survive, new Past(), 0, 'nothing')
  isGood(t, survive, begun(), 0, 'a session that nobody refreshes tells nothing')
  isGood(
    t,
    survive,
    begun().refresh(50, 's', 1).fault(100, 200, 'redis').refresh(300, 's', 2),
    1,
    'goes on after the heal',
  )
  isGood(
    t,
    survive,
    begun().fault(100, 200, 'redis').refresh(150, 's', 1, '503').refresh(300, 's', 1),
    1,
    'an unknown outcome and the repeat with the same token',
  )
  isBad(
    t,
    survive,
    begun().fault(100, 200, 'redis').refresh(150, 's', 1, '503').refresh(300, 's', 1, REUSED),
    [/session s was logged out: .*reused.*its first attempt, 150 ms before, had no known outcome/],
    'an unknown outcome that costs the session',
  )
  isBad(
    t,
    survive,
    begun().fault(100, 200, 'redis').refresh(150, 's', 1, GONE).refresh(300, 's', 1),
    [/session s was logged out/],
    'a refusal during the fault counts, whatever comes after',
  )
  isBad(
    t,
    survive,
    begun().refresh(50, 's', 1).fault(100, 200, 'redis').refresh(300, 's', 2, '503').refresh(400, 's', 2, 'never'),
    [/got no token after the heal; the last: .*never answered/],
    'nothing goes well after the heal',
  )
  isGood(
    t,
    survive,
    begun().fault(100, 200, 'redis').refresh(300, 's', 1, '503').logout(400, 's'),
    0,
    'nor is a session expected to live whose user leaves after that',
  )
  isBad(t, survive, begun().refresh(50, 's', 1, GONE).refresh(60, 's', 1, GONE), [/logged out/], 'once per session')
})

t.test('sessions-survive: refusals with a cause', async (t) => {
  const survive = sessionsSurvive()
  const begun = () => new Past().login(0, 'ada', 's')
  isGood(t, survive, begun().logout(100, 's').refresh(200, 's', 1, GONE), 0, 'logged out')
  isGood(t, survive, begun().logout(100, 's', '503').refresh(200, 's', 1, GONE), 0, 'perhaps logged out')
  isGood(t, survive, begun().logout(195, 's').refresh(190, 's', 1, GONE), 0, 'logged out while it was under way')
  isBad(
    t,
    survive,
    begun().logout(100, 's', '401 invalid_token').refresh(200, 's', 1, GONE),
    [/logged out/],
    'certainly not',
  )
  isBad(t, survive, begun().refresh(100, 's', 1, GONE).logout(200, 's'), [/logged out/], 'not yet')
  isGood(
    t,
    survive,
    begun().call(100, 'revoke_all', '200', { sessionsVoided: true }, { kid: 'k2' }).refresh(200, 's', 1, GONE),
    0,
    'Revoke All with sessions',
  )
  isBad(
    t,
    survive,
    begun().call(100, 'revoke_all', '200', {}, { kid: 'k2' }).refresh(200, 's', 1, GONE),
    [/logged out/],
    'Revoke All without',
  )
  isBad(
    t,
    survive,
    begun()
      .call(100, 'revoke_all', '200', { sessionsVoided: true }, { kid: 'k2' })
      .login(5000, 'ada', 'z')
      .refresh(6000, 'z', 1, GONE),
    [/session z was logged out/],
    'a session that began after it',
  )
  isGood(
    t,
    survive,
    begun().refresh(100, 's', 1).refresh(200, 's', 1, REUSED).refresh(300, 's', 2, GONE),
    0,
    'somebody sent a token whose successor had come',
  )
  const crowd = begun()
  for (let i = 1; i <= 10; i += 1) crowd.call(10 * i, 'login', i % 2 === 0 ? '503' : '200', { user: 'ada' })
  isGood(t, survive, crowd.refresh(500, 's', 1, GONE), 0, 'eleven logins, some doubtful: one may have had to make room')
  isGood(
    t,
    sessionsSurvive({ emptied: true }),
    begun().fault(100, 200, 'redis').refresh(300, 's', 1, GONE),
    0,
    'emptied',
  )
  isBad(
    t,
    sessionsSurvive({ emptied: true }),
    begun().fault(100, 200, 'redis').login(300, 'ada', 'z').refresh(400, 'z', 1, GONE),
    [/session z/],
    'emptied, but the session began after that',
  )
})

t.test('lost-answers-forgiven', async (t) => {
  const forgiven = lostAnswersForgiven()
  const begun = () => new Past().login(0, 'ada', 's')
  isGood(t, forgiven, begun().refresh(50, 's', 1), 0, 'no answer was lost')
  isGood(t, forgiven, begun().refresh(50, 's', 1, 'ECONNRESET'), 0, 'nobody came again')
  isGood(t, forgiven, begun().refresh(50, 's', 1, 'ECONNRESET').refresh(90, 's', 1), 1, 'the repeat goes well')
  isBad(
    t,
    forgiven,
    begun().refresh(50, 's', 1, '503').refresh(90, 's', 1, REUSED),
    [/logged out/],
    'it is held against',
  )
})

t.test('how many were logged out wrongly', async (t) => {
  const past = new Past()
  for (const session of ['a', 'b', 'c']) past.login(0, session, session)
  past
    .refresh(100, 'a', 1, GONE)
    .refresh(200, 'a', 1, GONE)
    .refresh(100, 'b', 1)
    .logout(50, 'c')
    .refresh(100, 'c', 1, GONE)
  t.equal(loggedOutWrongly(past.events), 1)
  t.equal(loggedOutWrongly([]), 0)
})

t.test('a refresh that says nothing of its session is known by its token', async (t) => {
  const { session: _, ...fields } = { session: '', refresh: 's/r1' }
  const past = new Past().login(0, 'ada', 's').call(50, 'refresh', GONE, fields)
  isBad(t, sessionsSurvive(), past, [/session s was logged out/], 'by its token')
  isGood(t, sessionsSurvive(), new Past().call(50, 'refresh', GONE, fields), 0, 'a token from elsewhere is not judged')
})
