import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { idTime } from '../../lib/auth/ids.ts'
import { type Answer, newSession, PASSWORD, type TestApp, unlessShed, until } from '../fixtures/app.ts'
import { isProblem, isTooMany, UUID_V7 } from '../routes/expect.ts'
import { startWorld } from '../routes/world.ts'
import { attacksOn, startAgain, startTarget } from './target.ts'

const WRONG = 'not the password of anybody'
const GUESSER = 'a password of somebody else'
/** How many requests of each kind are timed, a number that can be divided by four. */
const SAMPLES = 200
/** A hash that is not made leaves less than two thirds of the time. */
const TELLING = 1.3
const ATTACKER = '198.51.100.66'
/** Where a request comes from, as the proxy in front tells it. */
const from = (address: string) => ({ 'x-forwarded-for': address })
const world = await startWorld(t)
const app = await startTarget(t, world, { ACCOUNT_RATE_LIMIT: '3/1h', TRUST_PROXY: '1' })
const brief = await startTarget(t, world, { ACCOUNT_RATE_LIMIT: '2/400ms', TRUST_PROXY: '1' })
const patient = await startTarget(t, world, { ACCOUNT_RATE_LIMIT: '1/10m', TRUST_PROXY: '1' })
const alike = await startTarget(t, world, {
  REGISTRATION_ANSWERS: 'alike',
  ACCOUNT_RATE_LIMIT: '100000/1h',
  BCRYPT_COST: '5',
})
const attack = attacksOn(t, app)

const statuses = (answers: Answer[]) => answers.map(({ status }) => status).sort()
const logInTo = ({ call }: Pick<TestApp, 'call'>, email: string, password: string, headers = {}) =>
  call('POST', '/auth/login', { body: { email, password }, headers })
const logIn = (email: string, password = PASSWORD) => logInTo(app, email, password)

/** How many hashes were made or checked since the last time that it was asked. */
function countHashes(t: Test, { app }: TestApp): () => number {
  const { hashing } = app
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
  return () => {
    const count = hashed
    hashed = 0
    return count
  }
}

/** Those that the same answer has each time. */
function fixedHeaders(headers: Headers): [string, string][] {
  return [...headers].filter(([name]) => !['date', 'x-request-id', 'keep-alive'].includes(name))
}

/** The lower quartile of how long each of two requests takes, by turns: what else the machine does hurts both. */
async function timesOf(one: () => Promise<unknown>, other: () => Promise<unknown>): Promise<[number, number]> {
  const times: [number[], number[]] = [[], []]
  for (let i = 0; i < SAMPLES; i++) {
    for (const [at, send] of [one, other].entries()) {
      const begin = performance.now()
      await send()
      times[at]?.push(performance.now() - begin)
    }
  }
  const [a, b] = times.map((each) => each.toSorted((x, y) => x - y)[SAMPLES / 4] ?? 0)
  return [a ?? 0, b ?? 0]
}

attack('A23', 'an unknown email, a wrong password and a disabled account are told apart by nothing', async (t) => {
  const [{ email }, { email: disabled }] = [await newSession(app), await newSession(app)]
  await app.sql('UPDATE users SET disabled_at = now() WHERE email = $1', [disabled])
  const hashed = countHashes(t, app)
  const seen = []
  for (const who of ['nobody@example.com', email, disabled]) {
    const { status, headers, body } = await logIn(who, WRONG)
    const { request_id, ...rest } = body
    seen.push({ status, rest, hashed: hashed(), headers: fixedHeaders(headers) })
    isProblem(t, { status, headers, body }, { status: 401, code: 'invalid_credentials' })
  }
  t.strictSame(seen[1], seen[0], 'answer and work')
  t.strictSame(seen[2], seen[0], 'answer and work')
  t.equal(seen[0]?.hashed, 1, 'one hash each; of the same cost: test/lib/auth/password-hasher.test.ts')
})

attacksOn(t, alike)('A23', 'with alike answers an email that is taken registers as a new one does', async (t) => {
  const owner = await newSession(alike)
  const [before] = await alike.sql('SELECT * FROM users WHERE email = $1', [owner.email])
  const hashed = countHashes(t, alike)
  const seen = []
  const ids = new Set([owner.userId])
  const emails = ['new@example.com', owner.email, owner.email.toUpperCase(), 'new@example.com']
  for (const email of emails) {
    const [begin, headers] = [Date.now(), { 'idempotency-key': 'one of the attacker' }]
    const answer = await alike.call('POST', '/auth/register', { body: { email, password: GUESSER }, headers })
    const { id, created_at } = answer.body
    t.strictSame(answer.body, { id, email: email.toLowerCase(), created_at })
    t.match(id, UUID_V7)
    t.equal(idTime(id), Date.parse(created_at), 'the id is of that time')
    t.ok(idTime(id) >= begin && idTime(id) <= Date.now(), 'and that is now')
    ids.add(id)
    const length = Number(answer.headers.get('content-length')) - email.length
    const fixed = fixedHeaders(answer.headers).filter(([name]) => name !== 'content-length')
    seen.push({ status: answer.status, hashed: hashed(), length, fixed })
  }
  t.equal(ids.size, 1 + emails.length, 'each answer has an id of its own')
  for (const each of seen) t.strictSame(each, { ...seen[0], status: 201, hashed: 1 })

  t.strictSame((await alike.sql('SELECT * FROM users WHERE email = $1', [owner.email]))[0], before)
  t.equal((await logInTo(alike, owner.email, PASSWORD)).status, 200, 'the owner logs in as before')
  t.equal((await logInTo(alike, owner.email, GUESSER)).status, 401, 'and nobody else')
  const told = await until(async () => {
    const rows = await alike.sql(
      "SELECT outcome, reason, user_id FROM audit_events WHERE type = 'register' ORDER BY seq",
    )
    return rows.length === 5 ? rows : undefined
  })
  const taken = { outcome: 'refused', reason: 'email_taken', user_id: null }
  t.match(
    told,
    [{ outcome: 'success' }, { outcome: 'success', reason: null }, taken, taken, taken],
    'the audit log knows',
  )
})

attacksOn(t, alike)(
  'A23',
  'time tells neither whether an email is known at a login nor at a registration',
  async (t) => {
    const { email } = await newSession(alike)
    let made = 0
    const register = (email: string) => alike.call('POST', '/auth/register', { body: { email, password: GUESSER } })
    const pairs = {
      login: await timesOf(
        () => logInTo(alike, 'stranger@example.com', WRONG),
        () => logInTo(alike, email, WRONG),
      ),
      registration: await timesOf(
        () => register(`${++made}@example.com`),
        () => register(email),
      ),
    }
    for (const [name, [unknown, known]] of Object.entries(pairs)) {
      const ratio = known / unknown
      t.ok(ratio > 1 / TELLING && ratio < TELLING, `${name}: ${known.toFixed(2)} and ${unknown.toFixed(2)} ms`)
      t.comment(`${name}: ${known.toFixed(2)} ms where it is known, ${unknown.toFixed(2)} ms where not`)
    }
  },
)

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
    const redis = new Redis(
      Object.assign(new URL(world.redis.url), { pathname: new URL(patient.env.REDIS_URL ?? '').pathname }).href,
    )
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
