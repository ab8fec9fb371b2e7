import { decodeJwt, decodeProtectedHeader } from 'jose'
import t from 'tap'
import { newSession, PASSWORD } from '../../fixtures/app.ts'
import { isProblem, JSON_TYPE, UUID_V7 } from '../expect.ts'
import { startWorld } from '../world.ts'

const world = await startWorld(t)
const app = await world.start(t, { SIGNING_ALG: 'RS256' })
const { call, sql } = app

const login = (email: string, password = PASSWORD) => call('POST', '/auth/login', { body: { email, password } })
const register = (email: string, password = PASSWORD) => call('POST', '/auth/register', { body: { email, password } })

t.test('a login gives the token answer, which nobody may store', async (t) => {
  await register('ada@example.com')
  const { status, headers, body } = await login('ada@example.com')
  t.equal(status, 200)
  t.match(headers.get('content-type'), JSON_TYPE)
  t.equal(headers.get('cache-control'), 'no-store')
  t.strictSame(Object.keys(body).sort(), [
    'access_token',
    'expires_in',
    'refresh_expires_in',
    'refresh_token',
    'session_id',
    'token_type',
  ])
  t.equal(body.token_type, 'Bearer')
  t.ok(Number.isInteger(body.expires_in) && body.expires_in >= 855 && body.expires_in <= 900, 'up to 5 % under 900 s')
  t.ok([604_799, 604_800].includes(body.refresh_expires_in), 'seven days')
  t.match(body.session_id, UUID_V7)
  t.match(body.refresh_token, /^[A-Za-z0-9_-]{40,200}$/)
})

t.test('the access token has the header and the claims of RFC 9068', async (t) => {
  const { access_token, expires_in, session_id, userId, email } = await newSession(app)
  const header = decodeProtectedHeader(access_token)
  t.strictSame({ ...header, kid: typeof header.kid }, { alg: 'RS256', typ: 'at+jwt', kid: 'string' })
  const { iat = 0, exp, jti, auth_time, ...claims } = decodeJwt(access_token)
  t.strictSame(claims, {
    iss: app.env.ISSUER,
    aud: app.env.AUDIENCE,
    sub: userId,
    client_id: 'tokenforge',
    sid: session_id,
    email,
    roles: [],
  })
  t.equal(exp, iat + expires_in)
  t.match(jti, UUID_V7)
  t.ok(Math.abs(iat - Date.now() / 1000) < 60 && Number.isInteger(iat), 'issued now')
  t.ok(Number.isInteger(auth_time) && Math.abs(Number(auth_time) - iat) <= 1, 'authenticated now')
})

t.test('roles of the account are in the token', async (t) => {
  const { email } = await newSession(app)
  await sql("UPDATE users SET roles = '{editor,admin}' WHERE email = $1", [email])
  const { body } = await login(email)
  t.strictSame(decodeJwt(body.access_token).roles, ['editor', 'admin'])
  const verified = await call('GET', '/auth/verify', { token: body.access_token })
  t.equal(verified.headers.get('x-auth-roles'), 'editor,admin')
})

t.test('two logins are two sessions', async (t) => {
  const first = await newSession(app)
  const { body: second } = await login(first.email)
  t.not(second.session_id, first.session_id)
  t.not(second.refresh_token, first.refresh_token)
})

t.test('the email is taken in any spelling, the password exactly', async (t) => {
  const email = 'm\u00FCller@example.com'
  const password = ' \u00C5ngstr\u00F6m is no Metre '
  await register(email, password)
  for (const spelling of ['M\u00DCLLER@example.com', 'mu\u0308ller@example.com', ' m\u00FCller@EXAMPLE.com']) {
    t.equal((await login(spelling, password)).status, 200, spelling)
  }
  t.equal((await login(email, password.normalize('NFD'))).status, 200, 'NFC and NFD are one password')
  for (const other of [password.trim(), password.toLowerCase(), `${password} `, password.replace('\u00C5', 'A')]) {
    isProblem(t, await login(email, other), { status: 401, code: 'invalid_credentials' }, other)
  }
})

t.test('that an account is disabled is told to who knows its password', async (t) => {
  const { email } = await newSession(app)
  await sql('UPDATE users SET disabled_at = now() WHERE email = $1', [email])
  isProblem(t, await login(email), { status: 403, code: 'account_disabled' })
  isProblem(t, await login(email, 'wrong password'), { status: 401, code: 'invalid_credentials' })
})

t.test('a text that can be no email or password is refused by its field', async (t) => {
  isProblem(t, await login('no email'), { status: 400, code: 'invalid_request', field: 'email' })
  isProblem(t, await login('a@example.com', 'a\u0000'), { status: 400, code: 'invalid_request', field: 'password' })
  isProblem(t, await login('a@example.com', '\uD800'), { status: 400, code: 'invalid_request', field: 'password' })
})

t.test('several audiences are an array, and the life of a token varies by up to a twentieth', async (t) => {
  let random = 0
  const many = await world.start(t, { AUDIENCE: 'https://a.example,https://b.example' }, { random: () => random })
  const lives = []
  for (random of [0, 0.999]) {
    const { access_token, expires_in } = await newSession(many)
    t.strictSame(decodeJwt(access_token).aud, ['https://a.example', 'https://b.example'])
    t.equal((await many.call('GET', '/auth/me', { token: access_token })).status, 200)
    lives.push(expires_in)
  }
  t.strictSame(lives, [900, 855])
})
