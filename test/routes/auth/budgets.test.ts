import t, { type Test } from 'tap'
import { type Answer, newSession, PASSWORD, type TestApp, unlessShed, until } from '../../fixtures/app.ts'
import { isProblem } from '../expect.ts'
import { startWorld } from '../world.ts'

const world = await startWorld(t)

function logIn({ call }: Pick<TestApp, 'call'>, email: string, password = PASSWORD, forwardedFor?: string) {
  const headers = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor }
  return call('POST', '/auth/login', { body: { email, password }, headers })
}

const statuses = (answers: Answer[]) => answers.map(({ status }) => status).sort()

/** The 429 of the contract, with the fields of the IETF RateLimit draft. */
function isTooMany(t: Test, answer: Answer, policy: string, max: number, windowS: number): void {
  isProblem(t, answer, { status: 429, code: 'too_many_attempts' })
  const header = (name: string) => answer.headers.get(name) ?? ''
  t.equal(header('ratelimit-policy'), `"${policy}";q=${max};w=${windowS}`)
  const [, reset] = new RegExp(`^"${policy}";r=0;t=(\\d+)$`).exec(header('ratelimit')) ?? []
  const [, retryAfter] = /^(\d+)$/.exec(header('retry-after')) ?? []
  t.ok(Number(reset) >= 1 && Number(reset) <= windowS, `the window ends in ${reset} s`)
  t.ok(Number(retryAfter) >= Number(reset) && Number(retryAfter) <= windowS, 'and that is when to come again')
}

const strict = await world.start(t, { ACCOUNT_RATE_LIMIT: '3/1h' })

t.test('fifty wrong logins at once get exactly the budget of the account', async (t) => {
  const app = strict
  const { email } = await newSession(app)
  for (const who of [email, 'nobody@example.com']) {
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => unlessShed(() => logIn(app, who, 'wrong password'))),
    )
    t.strictSame(statuses(answers), [...Array(3).fill(401), ...Array(47).fill(429)], who)
    isTooMany(t, answers.find(({ status }) => status === 429) as Answer, 'account', 3, 3600)
  }
  isTooMany(t, await logIn(app, email), 'account', 3, 3600)
  isTooMany(t, await logIn(app, ` ${email.toUpperCase()}`), 'account', 3, 3600)
  t.equal((await logIn(app, (await newSession(app)).email)).status, 200, 'another account is not touched')
})

t.test('a success clears the budget of the account', async (t) => {
  const app = strict
  const { email } = await newSession(app)
  const wrong = () => logIn(app, email, 'wrong password')
  t.strictSame(statuses([await wrong(), await wrong()]), [401, 401])
  t.equal((await logIn(app, email)).status, 200)
  t.strictSame(statuses([await wrong(), await wrong(), await wrong()]), [401, 401, 401])
  isTooMany(t, await wrong(), 'account', 3, 3600)
})

t.test('a wrong current password counts against the same budget', async (t) => {
  const app = strict
  const { email, access_token: token } = await newSession(app)
  const body = { current_password: 'wrong password', new_password: 'another fine password' }
  const change = () => app.call('POST', '/auth/password', { token, body })
  isProblem(t, await change(), { status: 401, code: 'invalid_credentials' })
  isProblem(t, await change(), { status: 401, code: 'invalid_credentials' })
  isProblem(t, await logIn(app, email, 'wrong password'), { status: 401, code: 'invalid_credentials' })
  isTooMany(t, await change(), 'account', 3, 3600)
  isTooMany(t, await logIn(app, email), 'account', 3, 3600)
})

t.test('one address has one budget for register, login and password change', async (t) => {
  const app = await world.start(t, { LOGIN_RATE_LIMIT: '5/1m' })
  const { email, access_token: token, refresh_token } = await newSession(app)
  t.equal((await logIn(app, email, 'wrong password')).status, 401)
  const change = { current_password: PASSWORD, new_password: 'another fine password' }
  t.equal((await app.call('POST', '/auth/password', { token, body: change })).status, 204)
  t.equal((await logIn(app, email, change.new_password)).status, 200)
  isTooMany(t, await logIn(app, email, change.new_password), 'address', 5, 60)
  const another = { email: 'another@example.com', password: PASSWORD }
  isTooMany(t, await app.call('POST', '/auth/register', { body: another }), 'address', 5, 60)
  isTooMany(t, await app.call('POST', '/auth/password', { token, body: change }), 'address', 5, 60)
  isTooMany(t, await logIn(app, email, change.new_password, '203.0.113.7'), 'address', 5, 60)
  t.equal((await app.call('POST', '/auth/refresh', { body: { refresh_token } })).status, 200, 'refresh has none')
  t.equal((await app.call('GET', '/auth/me', { token })).status, 200)
})

const behindProxy = await world.start(t, { ACCOUNT_RATE_LIMIT: '1000/1h', LOGIN_RATE_LIMIT: '2/1m', TRUST_PROXY: '1' })

t.test('behind one proxy the address that it saw counts, and nothing that a client claims', async (t) => {
  const byList = await world.start(t, {
    ACCOUNT_RATE_LIMIT: '1000/1h',
    LOGIN_RATE_LIMIT: '2/1m',
    TRUST_PROXY: '127.0.0.1',
  })
  for (const app of [behindProxy, byList]) {
    const from = (forwardedFor?: string) => logIn(app, 'nobody@example.com', 'wrong password', forwardedFor)
    t.strictSame(statuses([await from('192.0.2.1'), await from('203.0.113.9, 192.0.2.1')]), [401, 401])
    isTooMany(t, await from('192.0.2.1'), 'address', 2, 60)
    isTooMany(t, await from('192.0.2.77, 192.0.2.1'), 'address', 2, 60)
    t.equal((await from('192.0.2.2')).status, 401, 'another client behind the proxy')
    t.equal((await from('192.0.2.1, 192.0.2.2')).status, 401, 'the last hop counts')
    isTooMany(t, await from('192.0.2.2'), 'address', 2, 60)
    t.equal((await from()).status, 401, 'the proxy itself')
  }
})

t.test('an IPv6 network of 64 bits is one address, and IPv4 inside IPv6 is IPv4', async (t) => {
  const app = behindProxy
  const from = (forwardedFor: string) => logIn(app, 'nobody@example.com', 'wrong password', forwardedFor)
  t.strictSame(statuses([await from('2001:db8::1'), await from('2001:db8:0:0:ffff::2')]), [401, 401])
  isTooMany(t, await from('2001:db8:0:0:1:2:3:4'), 'address', 2, 60)
  t.equal((await from('2001:db8:0:1::1')).status, 401, 'the next network')
  t.strictSame(statuses([await from('::ffff:198.51.100.1'), await from('198.51.100.1')]), [401, 401])
  isTooMany(t, await from('::ffff:198.51.100.1'), 'address', 2, 60)
  t.equal((await from('::ffff:198.51.100.2')).status, 401, 'another IPv4 address')
})

t.test('the budget comes back when its window ends', async (t) => {
  const app = await world.start(t, { LOGIN_RATE_LIMIT: '1/700ms' })
  t.equal((await logIn(app, 'nobody@example.com')).status, 401)
  isTooMany(t, await logIn(app, 'nobody@example.com'), 'address', 1, 1)
  const later = await until(async () => {
    const answer = await logIn(app, 'nobody@example.com')
    return answer.status === 429 ? null : answer
  })
  isProblem(t, later, { status: 401, code: 'invalid_credentials' })
})
