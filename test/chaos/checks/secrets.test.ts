import t from 'tap'
import { passes, secretsNotLogged } from '../../../chaos/checks/index.ts'
import { isBad, isGood, Past } from './past.ts'

const started = () => new Past().process(0, 'started').process(10, 'ready')
const check = secretsNotLogged()

t.test('secrets-not-logged', async (t) => {
  isGood(t, check, started().searched(100), 1000, 'a search that found nothing')
  const two = started().process(20, 'ready', { instance: 'auth-2', pid: 2 }).searched(100)
  isGood(t, check, two.searched(100, { instance: 'auth-2', lines: 500 }), 1500, 'two')
  const again = started()
    .searched(100, { found: ['an access token in line 7', 'a password in line 9'] })
    .searched(200)
  const found = [/^0\.100 s: the log of auth-1 has an access token in line 7$/, /a password in line 9$/]
  isBad(t, check, again, found, 'what was found, and not again later')
})

t.test('a search that says nothing', async (t) => {
  const nobody = [/the log of auth-2 was not searched/]
  isBad(
    t,
    check,
    started().process(20, 'ready', { instance: 'auth-2', pid: 2 }).searched(100),
    nobody,
    'a log left out',
  )
  isBad(
    t,
    check,
    started().searched(100, { secrets: 39 }),
    [/searched for 39 secrets, not for 40/],
    'of too few secrets',
  )
  const few = secretsNotLogged({ atLeast: 39 })
  isGood(t, few, started().searched(100, { secrets: 39 }), 1000, 'unless they are enough')
  const cut = started().searched(100, { isWhole: false })
  isBad(t, check, cut, [/the log of auth-1 does not have the last request/], 'of a log that ends too soon')
  t.notOk(passes(check.judge(started().searched(100, { lines: 0 }).events)), 'of no line')
  t.notOk(passes(check.judge(started().events)), 'none at all')
})

t.test('the claim tells how much was searched', async (t) => {
  const { claim } = check.judge(started().searched(1, { secrets: 1234 }).searched(2, { secrets: 1300 }).events)
  t.equal(claim, 'no secret is in the log of any instance: 1,300 looked for in 2,000 lines, 500,000 bytes')
})
