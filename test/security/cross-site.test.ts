import { decodeJwt } from 'jose'
import t from 'tap'
import { newSession, PASSWORD } from '../fixtures/app.ts'
import { isProblem } from '../routes/expect.ts'
import { send } from '../routes/send.ts'
import { startWorld } from '../routes/world.ts'
import { attacksOn, startTarget } from './target.ts'

// What a page of another site can make the browser of a visitor do.
const app = await startTarget(t, await startWorld(t))
const attack = attacksOn(t, app)
const { email, access_token: token, refresh_token } = await newSession(app)
const EVIL = { origin: 'https://evil.example', referer: 'https://evil.example/', 'sec-fetch-site': 'cross-site' }
const routes = ['/auth/register', '/auth/login', '/auth/refresh', '/auth/logout', '/auth/verify', '/auth/password']

attack('A30', 'POSTs that need no leave of the server: as text, as a form, of no type', async (t) => {
  const body = JSON.stringify({ email, password: PASSWORD })
  const types = ['text/plain', 'text/plain; a=application/json', 'application/x-www-form-urlencoded']
  for (const path of [...routes, '/admin/keys/revoke-all']) {
    for (const type of [...types, 'multipart/form-data; boundary=a']) {
      const answer = await send(app.url, { method: 'POST', path, headers: { ...EVIL, 'content-type': type }, body })
      const known = path.startsWith('/admin') ? { status: 401, code: 'admin_required' } : undefined
      const password = path === '/auth/password' ? { status: 401, code: 'invalid_token' } : undefined
      isProblem(t, answer, (known ?? password ?? { status: 415, code: 'unsupported_media_type' }) as never, path)
    }
  }
})

attack('A30', 'asking for leave: OPTIONS with the headers of a preflight, on every route', async (t) => {
  const headers = {
    ...EVIL,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'content-type,authorization',
  }
  for (const path of [...routes, '/auth/me', '/auth/sessions', '/admin/keys/rotate', '/.well-known/jwks.json']) {
    const answer = await send(app.url, { method: 'OPTIONS', path, headers })
    isProblem(t, answer, { status: 405, code: 'method_not_allowed' }, path)
    t.strictSame(
      [...answer.headers.keys()].filter((name) => name.startsWith('access-control')),
      [],
      path,
    )
  }
})

attack('A30', 'JSON with a foreign Origin gets no leave to be read, and no cookie is ever set', async (t) => {
  const post = (path: string, body: object, headers = {}) =>
    app.call('POST', path, { body, headers: { ...EVIL, ...headers } })
  const answers = [
    await post('/auth/login', { email, password: PASSWORD }),
    await post('/auth/refresh', { refresh_token }),
    await post('/auth/verify', { token }),
    await app.call('GET', '/auth/me', { token, headers: EVIL }),
    await app.call('GET', '/.well-known/jwks.json', { headers: EVIL }),
  ]
  for (const { status, headers } of answers) {
    t.equal(status, 200)
    t.strictSame(
      [...headers.keys()].filter((name) => /^access-control|^set-cookie/.test(name)),
      [],
    )
    t.equal(headers.get('cross-origin-resource-policy'), 'same-origin')
  }
})

attack('A29', 'session ids and tokens that a client brings to its login', async (t) => {
  const mallory = await newSession(app)
  const credentials = { email, password: PASSWORD }
  const fixed = mallory.session_id
  const headers = {
    cookie: `sid=${fixed}; session_id=${fixed}; refresh_token=${mallory.refresh_token}`,
    'x-session-id': fixed,
    'x-request-id': fixed,
    authorization: `Bearer ${mallory.access_token}`,
  }
  const { status, body } = await app.call('POST', `/auth/login?session_id=${fixed}&sid=${fixed}`, {
    body: credentials,
    headers,
  })
  t.equal(status, 200)
  const { sid, sub } = decodeJwt(body.access_token)
  t.not(sid, fixed)
  t.not(sub, mallory.userId)
  t.equal(body.session_id, sid)
  for (const member of ['session_id', 'sid', 'refresh_token', 'sub', 'roles']) {
    const answer = await app.call('POST', '/auth/login', { body: { ...credentials, [member]: 'fixed' } })
    isProblem(t, answer, { status: 400, code: 'invalid_request', field: member })
  }
  const again = await app.call('POST', '/auth/login', { body: credentials })
  t.not(again.body.session_id, body.session_id, 'each login begins a session of its own')
})
