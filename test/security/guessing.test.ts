import t from 'tap'
import { type Answer, newSession, PASSWORD, type TestApp, unlessShed, until } from '../fixtures/app.ts'
import { isProblem, isTooMany } from '../routes/expect.ts'
import { startWorld } from '../routes/world.ts'
import { attacksOn, startTarget } from './target.ts'

const WRONG = 'not the password of anybody'
const world = await startWorld(t)
const app = await startTarget(t, world, { ACCOUNT_RATE_LIMIT: '3/1h' })
const brief = await startTarget(t, world, { ACCOUNT_RATE_LIMIT: '2/400ms' })
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
    const guess = () => logInTo(brief, victim.email, WRONG)
    await until(async () => (await guess()).status === 429)
    t.equal((await brief.call('GET', '/auth/me', { token: victim.access_token })).status, 200)
    const refreshed = await brief.call('POST', '/auth/refresh', { body: { refresh_token: victim.refresh_token } })
    t.equal(refreshed.status, 200, 'who is in stays in')
    t.equal((await logInTo(brief, (await newSession(brief)).email, PASSWORD)).status, 200, 'nobody else is locked out')
    const again = await until(async () => {
      const answer = await logInTo(brief, victim.email, PASSWORD)
      await guess()
      return answer.status === 429 ? undefined : answer
    })
    t.match(again, { status: 200, body: { access_token: String } }, 'the victim is in again')
  },
)

attack('A25', '50 wrong logins at once, of an account and of nobody, get exactly the budget', async (t) => {
  const { email } = await newSession(app)
  for (const who of [email, 'nowhere@example.com']) {
    const answers = await Promise.all(Array.from({ length: 50 }, () => unlessShed(() => logIn(who, WRONG))))
    t.strictSame(statuses(answers), [...Array(3).fill(401), ...Array(47).fill(429)], who)
    isTooMany(t, answers.find(({ status }) => status === 429) as Answer, 'account', 3, 3600)
  }
  isTooMany(t, await logIn(email), 'account', 3, 3600)
  isTooMany(t, await logIn(` ${email.toUpperCase()}`), 'account', 3, 3600)
  t.equal((await logIn((await newSession(app)).email)).status, 200, 'another account is not touched')
})
