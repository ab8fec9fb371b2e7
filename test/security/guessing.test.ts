import { Redis } from 'ioredis'
import t from 'tap'
import { type Answer, newSession, PASSWORD, type TestApp, unlessShed, until } from '../fixtures/app.ts'
import { isProblem, isTooMany } from '../routes/expect.ts'
import { startWorld } from '../routes/world.ts'
import { attacksOn, startAgain, startTarget } from './target.ts'

const WRONG = 'not the password of anybody'
const ATTACKER = '198.51.100.66'
/** Where a request comes from, as the proxy in front tells it. */
const from = (address: string) => ({ 'x-forwarded-for': address })
const world = await startWorld(t)
const app = await startTarget(t, world, { ACCOUNT_RATE_LIMIT: '3/1h', TRUST_PROXY: '1' })
const brief = await startTarget(t, world, { ACCOUNT_RATE_LIMIT: '2/400ms', TRUST_PROXY: '1' })
const patient = await startTarget(t, world, { ACCOUNT_RATE_LIMIT: '1/10m', TRUST_PROXY: '1' })
const attack = attacksOn(t, app)

const statuses = (answers: Answer[]) => answers.map(({ status }) => status).sort()
const logInTo = ({ call }: Pick<TestApp, 'call'>, email: string, password: string, headers = {}) =>
  call('POST', '/auth/login', { body: { email, password }, headers })
const logIn = (email: string, password = PASSWORD) => logInTo(app, email, password)

attack('A23', 'an unknown email, a wrong password and a disabled account are told apart by nothing', async (t) => {
  const [{ email }, { email: disabled }] = [await newSession(app), await newSession(app)]
  await app.sql('UPDATE users SET disabled_at = now() WHERE email = $1', [disabled])
  const { hashing } = app.app
  const admit = hashing.admit.bind(hashing)
  let hashed = 0
  hashing.admit = () => {
    const place = admit()
    const run: typeof place.run = (work) => {
      hashed += 1
      return place.run(work)
    }
    return { ...place, run }
  }
  t.teardown(() => {
    hashing.admit = admit
  })
  const seen = []
  for (const who of ['nobody@example.com', email, disabled]) {
    const { status, headers, body } = await logIn(who, WRONG)
    const { request_id, ...rest } = body
    const varying = ['date', 'x-request-id', 'keep-alive']
    seen.push({ status, rest, hashed, headers: [...headers].filter(([name]) => !varying.includes(name)) })
    isProblem(t, { status, headers, body }, { status: 401, code: 'invalid_credentials' })
    hashed = 0
  }
  t.strictSame(seen[1], seen[0], 'answer and work')
  t.strictSame(seen[2], seen[0], 'answer and work')
  t.equal(seen[0]?.hashed, 1, 'one hash each; of the same cost: test/lib/auth/password-hasher.test.ts')
})

attack('A23', 'a refresh token of no session and one of no user are told apart by nothing', async (t) => {
  const { refresh_token, access_token: token } = await newSession(app)
  await app.call('POST', '/auth/logout', { token })
  const seen = []
  for (const text of [refresh_token, `${refresh_token.slice(0, -4)}AAAA`, 'nothing', '']) {
    const answer = await app.call('POST', '/auth/refresh', { body: { refresh_token: text } })
    isProblem(t, answer, { status: 401, code: 'invalid_refresh_token' })
    seen.push(JSON.stringify({ ...answer.body, request_id: '' }))
  }
  t.equal(new Set(seen).size, 1)
})

attacksOn(t, brief)(
  'A24',
  'a lock ends with its window whoever goes on guessing, and no session of the victim ends',
  async (t) => {
    const victim = await newSession(brief)
    const guess = () => logInTo(brief, victim.email, WRONG, from(ATTACKER))
    await until(async () => (await guess()).status === 429)
    t.equal((await brief.call('GET', '/auth/me', { token: victim.access_token })).status, 200)
    const refreshed = await brief.call('POST', '/auth/refresh', { body: { refresh_token: victim.refresh_token } })
    t.equal(refreshed.status, 200, 'who is in stays in')
    t.equal((await logInTo(brief, (await newSession(brief)).email, PASSWORD)).status, 200, 'nobody else is locked out')
    const again = await until(async () => {
      const answer = await logInTo(brief, victim.email, PASSWORD, from('203.0.113.80'))
      await guess()
      return answer.status === 429 ? undefined : answer
    })
    t.match(again, { status: 200, body: { access_token: String } }, 'the victim is in again, from an address of nobody')
  },
)

attack('A24', 'guesses from anywhere do not keep the victim out where it has logged in before', async (t) => {
  const { email, access_token: token } = await newSession(app)
  const body = { email, password: PASSWORD }
  t.equal((await app.call('POST', '/auth/login', { body, headers: from('2001:db8:0:7::1') })).status, 200)
  for (let i = 1; i <= 9; i++) await logInTo(app, email, WRONG, from(`203.0.113.${i}`))
  isTooMany(t, await logInTo(app, email, PASSWORD, from(ATTACKER)), 'account', 3, 3600)
  isTooMany(t, await logInTo(app, email, PASSWORD, from('2001:db8:0:8::1')), 'account', 3, 3600)

  const neighbour = from('2001:db8:0:7:1:2:3:4')
  const mistyped = [await logInTo(app, email, WRONG, neighbour), await logInTo(app, email, WRONG, neighbour)]
  t.strictSame(statuses(mistyped), [401, 401])
  const change = { current_password: WRONG, new_password: 'another fine password' }
  t.equal((await app.call('POST', '/auth/password', { token, body: change, headers: neighbour })).status, 401)
  isTooMany(t, await logInTo(app, email, PASSWORD, neighbour), 'account', 3, 3600)
  t.equal((await logIn(email)).status, 200, 'where its first login came from, too')
  t.equal((await logInTo(app, email, WRONG, from(ATTACKER))).status, 401, 'a success begins anew')
})

attacksOn(t, patient)(
  'A24',
  'who spends the budget of an account or of nobody time after time waits for longer, an hour at most',
  async (t) => {
    const { email } = await newSession(patient)
    const redis = new Redis(patient.env.REDIS_URL ?? '')
    t.teardown(() => redis.disconnect())
    const seen = []
    for (const who of [email, 'nobody@example.com']) {
      for (const seconds of [600, 1200, 2400, 3600, 3600]) {
        t.equal((await logInTo(patient, who, WRONG, from(ATTACKER))).status, 401)
        const refused = await logInTo(patient, who, WRONG, from(ATTACKER))
        isTooMany(t, refused, 'account', 1, seconds)
        t.ok(Number(refused.headers.get('retry-after')) > seconds - 60)
        seen.push(JSON.stringify({ ...refused.body, request_id: '' }))
        for (const key of await redis.keys('tokenforge:attempts:*}')) await redis.hset(key, 'ends', 1)
      }
    }
    t.strictSame(seen.slice(5), seen.slice(0, 5), 'the two are told apart by nothing')
  },
)

attack('A25', '50 wrong logins at once, of an account and of nobody, get exactly the budget', async (t) => {
  const second = await startAgain(t, app)
  const { email } = await newSession(app)
  for (const who of [email, 'nowhere@example.com']) {
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => unlessShed(() => logInTo(i % 2 === 0 ? app : second, who, WRONG))),
    )
    t.strictSame(statuses(answers), [...Array(3).fill(401), ...Array(47).fill(429)], `${who}, at two servers`)
    isTooMany(t, answers.find(({ status }) => status === 429) as Answer, 'account', 3, 3600)
  }
  isTooMany(t, await logIn(email), 'account', 3, 3600)
  isTooMany(t, await logIn(` ${email.toUpperCase()}`), 'account', 3, 3600)
  t.equal((await logIn((await newSession(app)).email)).status, 200, 'another account is not touched')
})

attack('A25', '30 wrong logins at once of one address, at two servers, get exactly the budget', async (t) => {
  const one = await startTarget(t, world, { LOGIN_RATE_LIMIT: '5/1m', TRUST_PROXY: '1' })
  const second = await startAgain(t, one)
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, i) =>
      unlessShed(() => logInTo(i % 2 === 0 ? one : second, `${i}@example.com`, WRONG, from(`2001:db8::${i}`))),
    ),
  )
  t.strictSame(statuses(answers), [...Array(5).fill(401), ...Array(25).fill(429)])
})
