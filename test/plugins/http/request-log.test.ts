import t from 'tap'
import { ADMIN_KEY, newSession, PASSWORD, until } from '../../fixtures/app.ts'
import { send } from '../../routes/send.ts'
import { startWorld } from '../../routes/world.ts'

const INFO = 30
const world = await startWorld(t)
const app = await world.start(t, { LOG_LEVEL: 'debug' })
const linesOf = (id: string) => app.logs.filter(({ request_id }) => request_id === id)

/** The one info line of a request, which is written after its answer. */
function lineOf(id: string): Promise<Record<string, unknown>> {
  return until(() => linesOf(id).find(({ level, status }) => level === INFO && status !== undefined))
}

t.test('a request id of the client is used, returned and logged', async (t) => {
  for (const id of ['a', 'A-z_0.9', 'x'.repeat(64)]) {
    const answer = await app.call('GET', '/auth/me', { headers: { 'x-request-id': id } })
    t.equal(answer.headers.get('x-request-id'), id)
    t.equal(answer.body.request_id, id)
    t.match(await lineOf(id), { route: '/auth/me', status: 401 })
  }
})

t.test('any other one is replaced', async (t) => {
  const ids = [
    '',
    ' ',
    'x'.repeat(65),
    'with space',
    'a/b',
    'a,b',
    '"quoted"',
    '%0a',
    '\u00E9',
    'a\tb',
    '<script>',
    '{}',
  ]
  const made = new Set<string>()
  for (const id of ids) {
    const path = '/auth/me'
    const answer = await send(app.url, { method: 'GET', path, headers: { 'x-request-id': id } })
    const given = answer.headers.get('x-request-id') ?? ''
    t.match(given, /^[A-Za-z0-9._-]{1,64}$/, id)
    t.not(given, id)
    t.equal(answer.body.request_id, given)
    t.ok(await lineOf(given))
    made.add(given)
  }
  const twice = await send(app.url, { method: 'GET', path: '/auth/me', headers: { 'x-request-id': ['one', 'two'] } })
  made.add(twice.headers.get('x-request-id') ?? '')
  t.notMatch(twice.headers.get('x-request-id'), /,/)
  t.equal(made.size, ids.length + 1, 'each is another one')
})

t.test('every request has one line that says what was asked, what was answered and why not', async (t) => {
  const { email, access_token: token, refresh_token, userId, session_id } = await newSession(app)
  const wrong = { email, password: 'wrong password' }
  const requests = [
    ['GET', '/health/live', {}, { route: '/health/live', status: 200 }],
    ['GET', '/auth/me', { token }, { route: '/auth/me', status: 200, user_id: userId, session_id }],
    ['GET', '/auth/me', {}, { status: 401, code: 'invalid_token' }],
    ['GET', '/auth/me', { token: 'a.b.c' }, { status: 401, code: 'invalid_token', reason: /./ }],
    ['POST', '/auth/login', { body: { email, password: PASSWORD } }, { status: 200, event: 'logged_in' }],
    ['POST', '/auth/login', { body: wrong }, { status: 401, code: 'invalid_credentials', reason: 'wrong password' }],
    ['POST', '/auth/login', { body: { ...wrong, email: 'x@example.com' } }, { status: 401, reason: 'unknown email' }],
    ['POST', '/auth/login', { body: {} }, { status: 400, code: 'invalid_request' }],
    ['POST', '/auth/refresh', { body: { refresh_token } }, { status: 200, user_id: userId, session_id }],
    ['POST', '/auth/refresh', { body: { refresh_token: 'x' } }, { status: 401, code: 'invalid_refresh_token' }],
    ['DELETE', `/auth/sessions/${userId}`, { token }, { route: '/auth/sessions/:id', status: 404, code: 'not_found' }],
    ['POST', '/auth/logout', { token }, { status: 204, event: 'logged_out' }],
    ['GET', '/auth/me', { token }, { status: 401, code: 'invalid_token', reason: /revoked/ }],
    ['GET', '/nothing', {}, { route: null, status: 404, code: 'not_found' }],
    ['PUT', '/auth/login', {}, { route: '/auth/login', status: 405, code: 'method_not_allowed' }],
    ['GET', '/admin/keys', {}, { status: 401, code: 'admin_required' }],
    ['POST', '/admin/keys/rotate', { token: ADMIN_KEY }, { status: 200, event: 'keys_rotated', kid: /./ }],
  ] as const
  for (const [number, [method, path, options, expected]] of requests.entries()) {
    const id = `walk-${number}`
    await app.call(method, path, { ...options, headers: { 'x-request-id': id } })
    const line = await lineOf(id)
    t.match(line, { method, ip: '127.0.0.1', ...expected }, `${method} ${path} ${expected.status}`)
    t.type(line.duration_ms, 'number')
    t.type(line.msg, 'string')
    t.equal(linesOf(id).filter(({ level }) => level === INFO).length, 1, 'one info line')
  }
})
