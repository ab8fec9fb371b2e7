import t from 'tap'
import { callsOf } from '../../../chaos/checks/calls.ts'
import { sessionsSurvive } from '../../../chaos/checks/index.ts'
import { enlist, veteransOf } from '../../../chaos/soak/veterans.ts'
import { Population } from '../../../chaos/workload/population.ts'
import { Past } from '../checks/past.ts'

const named = (token: string) => ({ token, fingerprint: token })

/** A population that holds these generations of these sessions. */
function holding(sessions: Readonly<Record<string, number>>): Population {
  const population = new Population(() => 0)
  const account = population.newAccount()
  for (const [sessionId, generation] of Object.entries(sessions)) {
    const access = { ...named(`${sessionId}/a${generation}`), kid: 'k1', expires: 1e9 }
    population.add(account, {
      sessionId,
      account: 'id',
      user: account.email,
      access,
      refresh: named(`${sessionId}/r${generation}`),
    })
  }
  return population
}

const past = new Past()
  .login(0, 'u', 'fresh')
  .login(10, 'u', 'refreshed')
  .refresh(100, 'refreshed', 1)
  .login(20, 'u', 'doubtful')
  .refresh(200, 'doubtful', 1, 'ECONNRESET').events
const veterans = veteransOf(holding({ fresh: 1, refreshed: 2, doubtful: 1 }), past)

t.test('those go on whose last refresh went well', async (t) => {
  t.strictSame(
    veterans.sessions.map(({ id }) => id),
    ['fresh', 'refreshed'],
  )
  t.strictSame(
    callsOf(veterans.past).map(({ end }) => end?.refresh),
    ['fresh/r1', 'refreshed/r2'],
  )
})

t.test('in the next episode they are known, and judged like everybody else', async (t) => {
  const population = new Population(() => 0)
  enlist(veterans, population)
  t.equal(population.size, 2)
  t.equal(population.accounts.length, 0, 'nobody logs in with their accounts')
  t.equal(population.takeForLogin(), undefined)
  const next = new Past().refresh(1000, 'refreshed', 2).refresh(1100, 'fresh', 1, '401 invalid_refresh_token').events
  const { judged, violations } = sessionsSurvive().judge([...veterans.past, ...next])
  t.equal(judged, 2)
  t.match(violations, [/session fresh was logged out/])
  t.equal(violations.length, 1)
})

t.test('not more than can be looked after', async (t) => {
  const names = Array.from({ length: 50 }, (_, i) => `s${i}`)
  const many = names.reduce((history, name) => history.login(0, 'u', name), new Past()).events
  const population = holding(Object.fromEntries(names.map((name) => [name, 1])))
  t.equal(veteransOf(population, many).sessions.length, 20)
})
