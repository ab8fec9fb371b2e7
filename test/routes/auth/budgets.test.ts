import t from 'tap'
import { type Answer, newSession, PASSWORD, type TestApp, until } from '../../fixtures/app.ts'
import { isProblem, isTooMany } from '../expect.ts'
import { startWorld } from '../world.ts'

const world = await startWorld(t)

function logIn({ call }: Pick<TestApp, 'call'>, email: string, password = PASSWORD, forwardedFor?: string) {
  const headers = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor }
  return call('POST', '/auth/login', { body: { email, password }, headers })
}

const statuses = (answers: Answer[]) => answers.map(({ status }) => status).sort()

const strict = await world.start(t, { ACCOUNT_RATE_LIMIT: '3/1h' })

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
