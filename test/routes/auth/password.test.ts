import t from 'tap'
import { newSession, PASSWORD, until } from '../../fixtures/app.ts'
import { isInvalidToken, isProblem } from '../expect.ts'
import { startWorld } from '../world.ts'

const NEW = 'a rather different password'
const world = await startWorld(t)
const { call, sql } = await world.start(t)
const refresh = (refresh_token: string) => call('POST', '/auth/refresh', { body: { refresh_token } })
const login = (email: string, password = PASSWORD) => call('POST', '/auth/login', { body: { email, password } })
const change = (token: string, current_password: string, new_password: string) =>
  call('POST', '/auth/password', { token, body: { current_password, new_password } })

t.test('a new password takes the place of the old one and ends every other session', async (t) => {
  const { email, access_token: token, refresh_token } = await newSession({ call })
  const stranger = await newSession({ call })
  const others = [(await login(email)).body, (await login(email)).body]
  const { status, body } = await change(token, PASSWORD, NEW)
  t.equal(status, 204)
  t.equal(body, '')
  for (const other of others) {
    await until(async () => (await call('GET', '/auth/me', { token: other.access_token })).status === 401, 1_000)
    isInvalidToken(t, await call('GET', '/auth/me', { token: other.access_token }), 'within a second')
    isProblem(t, await refresh(other.refresh_token), { status: 401, code: 'invalid_refresh_token' })
  }
  t.equal((await call('GET', '/auth/me', { token })).status, 200, 'this session goes on')
  t.equal((await refresh(refresh_token)).status, 200)
  t.equal((await call('GET', '/auth/me', { token: stranger.access_token })).status, 200, 'and so does everybody else')
  isProblem(t, await login(email), { status: 401, code: 'invalid_credentials' }, 'the old password')
  t.equal((await login(email, NEW)).status, 200)
})

t.test('a session that began after the change is not ended by it', async (t) => {
  const { email, access_token: token } = await newSession({ call })
  t.equal((await change(token, PASSWORD, NEW)).status, 204)
  const { body: later } = await login(email, NEW)
  await until(async () => (await sql('SELECT 1 FROM pending_revocations')).length === 0)
  t.equal((await call('GET', '/auth/me', { token: later.access_token })).status, 200)
  t.equal((await refresh(later.refresh_token)).status, 200)
})

t.test('a wrong current password changes and ends nothing', async (t) => {
  const { email, access_token: token } = await newSession({ call })
  const { body: other } = await login(email)
  isProblem(t, await change(token, 'wrong password', NEW), { status: 401, code: 'invalid_credentials' })
  t.equal((await login(email)).status, 200)
  t.equal((await call('GET', '/auth/me', { token: other.access_token })).status, 200)
})

t.test('the new password must be acceptable', async (t) => {
  const { email, access_token: token } = await newSession({ call })
  for (const password of ['', '7 chars', 'x'.repeat(257), 'password123', `my ${email}`]) {
    const answer = await change(token, PASSWORD, password)
    isProblem(t, answer, { status: 400, code: 'password_rejected', field: 'new_password' }, password.slice(0, 20))
  }
  for (const [field, answer] of [
    ['new_password', await change(token, PASSWORD, 'with a \u0000 inside')],
    ['new_password', await change(token, PASSWORD, 'with a \uD800 inside')],
    ['current_password', await change(token, '\u0000', NEW)],
  ] as const) {
    isProblem(t, answer, { status: 400, code: 'invalid_request', field })
  }
  t.equal((await login(email)).status, 200)
})

t.test('a revoked session changes no password', async (t) => {
  const { email, access_token: token } = await newSession({ call })
  await call('POST', '/auth/logout', { token })
  isInvalidToken(t, await change(token, PASSWORD, NEW), 'logged out')
  t.equal((await login(email)).status, 200)
})

t.test('of two changes at once one wins, and its password is the one that works', async (t) => {
  const { email, access_token: token } = await newSession({ call })
  const passwords = ['the first new password', 'the other new password']
  const answers = await Promise.all(passwords.map((password) => change(token, PASSWORD, password)))
  const winners = passwords.filter((_, at) => answers[at]?.status === 204)
  t.ok(winners.length >= 1)
  const working = []
  for (const password of [PASSWORD, ...passwords]) {
    if ((await login(email, password)).status === 200) working.push(password)
  }
  t.equal(working.length, 1)
  t.ok(winners.includes(working[0] ?? ''))
})

t.test('the token of an account that is gone changes no password', async (t) => {
  const { email, access_token: token } = await newSession({ call })
  await sql('DELETE FROM users WHERE email = $1', [email])
  const answer = await change(token, PASSWORD, NEW)
  t.equal(answer.status, 401)
  t.match(answer.headers.get('content-type'), /^application\/problem\+json/)
})
