import t from 'tap'
import { Bag } from '../../../chaos/workload/bag.ts'
import { Population, type Session } from '../../../chaos/workload/population.ts'
import { seededRandom } from '../../../chaos/workload/random.ts'
import type { Grant } from '../../../chaos/workload/tokens.ts'

const FAR = 1e9
let tokens = 0
function grant(sessionId: string, expires = FAR): Grant {
  tokens += 1
  const named = (token: string) => ({ token, fingerprint: token })
  const access = { ...named(`a${tokens}`), kid: 'k1', expires }
  return { sessionId, account: 'id', user: 'user', access, refresh: named(`r${tokens}`) }
}

/** A population on a clock that the test moves. */
function populationOf(sessions: number) {
  const time = { now: 0 }
  const population = new Population(() => time.now)
  const account = population.newAccount()
  population.accounts.push(account)
  const made = Array.from({ length: sessions }, (_, i) => population.add(account, grant(`s${i}`)))
  return { time, population, account, made, first: made[0] as Session }
}

t.test('a bag gives every member, none that is gone, and the same ones with the same seed', async (t) => {
  const bag = new Bag<number>()
  t.equal(bag.pick(seededRandom(1)), undefined)
  for (let i = 0; i < 10; i += 1) bag.add(i)
  bag.add(3)
  t.ok(bag.delete(0) && bag.delete(9) && !bag.delete(9))
  t.strictSame([bag.size, bag.has(1), bag.has(9)], [8, true, false])
  const random = seededRandom(1)
  const picked = Array.from({ length: 500 }, () => bag.pick(random))
  t.strictSame([...new Set(picked)].sort(), [1, 2, 3, 4, 5, 6, 7, 8])
  t.strictSame([...bag].sort(), [1, 2, 3, 4, 5, 6, 7, 8])
  const again = seededRandom(1)
  t.strictSame(
    Array.from({ length: 500 }, () => bag.pick(again)),
    picked,
  )
})

t.test('accounts are new each time, with emails under example.com', async (t) => {
  const { population } = populationOf(0)
  const [one, two] = [population.newAccount(), population.newAccount()]
  t.match(one.email, /^user\.[0-9a-f]{16}@chaos\.example\.com$/)
  t.not(one.email, two.email)
  t.not(one.password, two.password)
})

t.test('a session is refreshed by one client at a time', async (t) => {
  const { population, first } = populationOf(1)
  t.equal(population.takeForRefresh(), first)
  t.equal(population.takeForRefresh(), undefined, 'nobody else may')
  t.equal(population.takeForLogout(), undefined)
  t.notOk(population.take(first))
  t.equal(population.pick(), first, 'but its access token is in use all the time')
  const next = grant('s0')
  population.refreshed(first, next)
  t.equal(population.takeForRefresh(), first)
  t.strictSame([first.access, first.refresh], [next.access, next.refresh])
})

t.test('after an unknown outcome the client comes again with the same token, soon and before others', async (t) => {
  const { time, population } = populationOf(50)
  const session = population.takeForRefresh() as Session
  const { refresh } = session
  population.unsettled(session)
  time.now = 999
  const others = Array.from({ length: 10 }, () => population.takeForRefresh() as Session)
  for (const other of others) population.giveBack(other)
  time.now = 1000
  t.equal(population.takeForRefresh(), session)
  t.equal(session.refresh, refresh)
})

t.test('a client whose access token was refused or has expired refreshes first', async (t) => {
  const { time, population, made } = populationOf(3)
  const [stale, expired, good] = made as [Session, Session, Session]
  population.stale(stale, stale.access)
  expired.access = { ...expired.access, expires: 5000 }
  time.now = 4000
  const picked = new Set(Array.from({ length: 200 }, () => population.pick()).filter((one) => one !== undefined))
  t.strictSame([...picked], [good], 'neither is shown any more')
  t.equal(population.takeForRefresh(), stale)
  t.equal(population.takeForRefresh(), expired)
  t.equal(population.pickVoided(), stale.access, 'what was refused is kept, to see that it stays so')
  population.refreshed(stale, grant('s0'))
  t.ok(Array.from({ length: 200 }, () => population.pick()).includes(stale), 'with a new token it is back')
})

t.test('who was refused or has left is in use no more', async (t) => {
  const { population, made } = populationOf(3)
  const [refused, left, doubtful] = made as [Session, Session, Session]
  t.ok(population.take(refused))
  population.refused(refused)
  t.strictSame(population.loggedOut, [refused])
  t.ok(population.take(left))
  population.left(left)
  t.equal(population.pickEnded(), left)
  t.equal(population.takeForLogout(), doubtful)
  t.equal(population.size, 0, 'nobody who is leaving counts')
  t.equal(population.pick(), undefined)
  population.stillLeaving(doubtful)
  t.equal(population.takeForLogout(), doubtful, 'a doubtful logout is repeated')
  population.giveBack(doubtful)
  t.equal(population.takeForRefresh(), undefined)
})

t.test('no account gets more sessions than may live at once', async (t) => {
  const { population, account } = populationOf(0)
  const other = population.newAccount()
  population.accounts.push(other)
  t.strictSame([population.takeForLogin(), population.takeForLogin()], [account, other], 'by turns')
  account.logins = 8
  t.strictSame([population.takeForLogin(), population.takeForLogin()], [other, other])
  other.logins = 8
  t.equal(population.takeForLogin(), undefined)
  t.equal(population.takeVictim(), undefined)
})
