import { decodeJwt } from 'jose'
import t from 'tap'
import { type CallOptions, newSession } from '../../fixtures/app.ts'
import { isInvalidToken, isProblem, JSON_TYPE, UTC_TIME } from '../expect.ts'
import { startWorld } from '../world.ts'

const world = await startWorld(t)
const { call } = await world.start(t)
const session = await newSession({ call })
const { access_token: token, email, userId, session_id } = session
const other = await newSession({ call })

t.test('POST /auth/verify tells that a token is active and what it claims', async (t) => {
  const ways: Record<string, CallOptions> = {
    'in the body': { body: { token } },
    'as Bearer': { token },
    'as Bearer, with an empty object': { token, body: {} },
    'as Bearer, with an empty body': { token, body: '' },
    'in both places': { token, body: { token } },
    'under a scheme in other letters': { headers: { authorization: `bEARER ${token}` } },
  }
  for (const [name, options] of Object.entries(ways)) {
    const { status, headers, body } = await call('POST', '/auth/verify', options)
    t.equal(status, 200, name)
    t.strictSame(body, { active: true, ...decodeJwt(token) }, name)
    t.match(headers.get('content-type'), JSON_TYPE)
    t.equal(headers.get('cache-control'), 'no-store')
  }
})

t.test('GET /auth/verify answers a reverse proxy in headers alone', async (t) => {
  const { status, headers, body } = await call('GET', '/auth/verify', { token })
  t.equal(status, 200)
  t.equal(body, '')
  t.equal(headers.get('content-length'), '0')
  t.equal(headers.get('x-auth-subject'), userId)
  t.equal(headers.get('x-auth-session'), session_id)
  t.equal(headers.get('x-auth-roles'), '')
  t.equal(headers.get('cache-control'), 'no-store')
})

t.test('GET /auth/me tells who the bearer is', async (t) => {
  const { status, headers, body } = await call('GET', '/auth/me', { token })
  t.equal(status, 200)
  t.match(headers.get('content-type'), JSON_TYPE)
  t.equal(headers.get('cache-control'), 'no-store')
  const { expires_at, ...rest } = body
  t.strictSame(rest, { sub: userId, session_id, email, roles: [] })
  t.match(expires_at, UTC_TIME)
  t.equal(Date.parse(expires_at), Number(decodeJwt(token).exp) * 1000)
})

t.test('without a token every bearer route answers 401 with a plain challenge', async (t) => {
  const routes = [
    ['GET', '/auth/verify'],
    ['POST', '/auth/verify'],
    ['GET', '/auth/me'],
    ['POST', '/auth/logout'],
    ['GET', '/auth/sessions'],
    ['DELETE', '/auth/sessions'],
    ['DELETE', `/auth/sessions/${session_id}`],
    ['POST', '/auth/password'],
  ] as const
  const body = { current_password: 'a', new_password: 'b' }
  for (const [method, path] of routes) {
    const options = path === '/auth/password' ? { body } : {}
    isInvalidToken(t, await call(method, path, options), `${method} ${path}`, { presented: false })
    const basic = { ...options, headers: { authorization: 'Basic dXNlcjpwYXNz' } }
    isInvalidToken(t, await call(method, path, basic), `${method} ${path}, Basic`, { presented: false })
    isInvalidToken(t, await call(method, path, { ...options, token: 'a.b.c' }), `${method} ${path}, garbage`)
  }
  t.equal((await call('GET', '/auth/me', { token })).status, 200, 'the session is none the worse for it')
})

t.test('two different tokens, or a body without one, are a bad request', async (t) => {
  const ways: Record<string, CallOptions> = {
    'two tokens': { token, body: { token: other.access_token } },
    'an empty object': { body: {} },
    'a number': { body: { token: 1 } },
  }
  for (const [name, options] of Object.entries(ways)) {
    const answer = await call('POST', '/auth/verify', options)
    isProblem(t, answer, { status: 400, code: 'invalid_request', field: 'token' }, name)
  }
  isInvalidToken(t, await call('POST', '/auth/verify', { body: { token: '' } }), 'an empty token')
})
