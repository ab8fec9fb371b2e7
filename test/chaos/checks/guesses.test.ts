import t from 'tap'
import { guessBudget, noPasswordChecked } from '../../../chaos/checks/index.ts'
import { isBad, isGood, Past } from './past.ts'

const WRONG = '401 invalid_credentials'
const SPENT = '429 too_many_attempts'
const user = 'ada'
/** So many guesses, 10 ms apart. */
function guesses(past: Past, count: number, from: number, answer = WRONG): Past {
  for (let i = 0; i < count; i += 1) past.call(from + 10 * i, 'guess', answer, { user, ms: 5 })
  return past
}

t.test('guess-budget', async (t) => {
  const budget = guessBudget({ max: 3, windowMs: 1000 })
  isGood(t, budget, new Past(), 0, 'nothing')
  isGood(t, budget, guesses(guesses(new Past(), 3, 0), 5, 100, SPENT), 3, 'the budget, then 429')
  isBad(t, budget, guesses(new Past(), 4, 0), [/ada: 4 wrong passwords in its first window/], 'one more')
  isGood(t, budget, guesses(new Past(), 3, 0).call(5, 'guess', WRONG, { user: 'bob' }), 4, 'each account has its own')
  isBad(t, budget, guesses(new Past(), 3, 0).call(50, 'login', WRONG, { user }), [/4 wrong/], 'a login counts as well')
  isBad(
    t,
    budget,
    new Past().call(0, 'guess', '200', { user }, {}).call(50, 'guess', WRONG, { user }),
    [/was right/],
    'a hit',
  )
  isGood(t, guessBudget({ max: 3, windowMs: 1000, resets: 1 }), guesses(new Past(), 6, 0), 6, 'Redis forgot it once')
})

t.test('guess-budget: what is not known is not held against the server', async (t) => {
  const budget = guessBudget({ max: 3, windowMs: 1000 })
  isGood(t, budget, guesses(guesses(new Past(), 3, 0), 5, 100, '503'), 3, 'a 503 checked nothing')
  isGood(t, budget, guesses(guesses(new Past(), 1, 0, 'ECONNRESET'), 3, 10), 3, 'an unknown one')
  isGood(t, budget, guesses(guesses(new Past(), 3, 0), 3, 1100), 6, 'the next window')
  isGood(
    t,
    budget,
    guesses(guesses(guesses(new Past(), 1, 0, '503'), 3, 900), 3, 1010),
    6,
    'the window may have begun with the one that was not answered',
  )
  isBad(
    t,
    budget,
    guesses(guesses(guesses(new Past(), 1, 0, '503'), 3, 900), 4, 1010),
    [/7 wrong passwords within 145 ms/],
    'but no two windows hold more than two budgets',
  )
})

t.test('guess-budget: a success begins anew', async (t) => {
  const budget = guessBudget({ max: 3, windowMs: 1000 })
  isGood(t, budget, guesses(guesses(new Past(), 3, 0).login(100, user, 's'), 3, 200), 6, 'three, a success, three')
  isBad(t, budget, guesses(guesses(new Past(), 3, 0).login(100, user, 's'), 4, 200), [/4 wrong/], 'one more after it')
  isGood(
    t,
    budget,
    guesses(guesses(new Past(), 2, 0).login(15, user, 's'), 3, 200).call(16, 'guess', WRONG, { user, ms: 3 }),
    6,
    'what overlaps the success may count before it',
  )
})

t.test('no-password-checked', async (t) => {
  const none = noPasswordChecked()
  const away = () => new Past().fault(0, 1000, 'redis', 'stopped')
  isGood(t, none, new Past(), 0, 'nothing')
  isGood(t, none, away().call(100, 'login', '503', { user }).call(100, 'guess', '503', { user }), 2, 'refused, unseen')
  isGood(t, none, new Past().fault(0, 1000, 'both').call(100, 'login', '503', { user }), 1, 'both are away')
  isBad(t, none, away().call(100, 'guess', WRONG, { user }), [/guess on auth-1: 401/], 'a wrong one was looked at')
  isBad(t, none, away().call(100, 'login', '200', { user }), [/login on auth-1: 200/], 'a right one was')
  isGood(t, none, away().call(5, 'guess', WRONG, { user }), 0, 'sent before the fault held')
  isGood(t, none, away().call(980, 'guess', WRONG, { user, ms: 15 }), 0, 'answered after the heal')
  isGood(t, none, away().call(100, 'guess', 'ECONNRESET', { user }), 0, 'no answer')
  isGood(t, none, new Past().fault(0, 1000, 'postgres').call(100, 'login', '200', { user }), 0, 'another fault')
  isGood(t, noPasswordChecked(['frozen']), away().call(100, 'guess', WRONG, { user }), 0, 'another fault of Redis')
})
