import { gzipSync } from 'node:zlib'
import t from 'tap'
import { ADMIN_KEY, newSession, PASSWORD } from '../fixtures/app.ts'
import { isProblem } from '../routes/expect.ts'
import { send } from '../routes/send.ts'
import { startWorld } from '../routes/world.ts'
import { attacksOn, startTarget } from './target.ts'

// Every route that reads a body, with every body that it must refuse. Each answer is a 4xx that says why, never a 5xx.
const world = await startWorld(t)
const app = await startTarget(t, world, { ACCOUNT_RATE_LIMIT: '100000/1m', LOGIN_RATE_LIMIT: '100000/1m' })
const attack = attacksOn(t, app)
const { email, access_token, refresh_token } = await newSession(app)
const bearer = { authorization: `Bearer ${access_token}` }
const admin = { authorization: `Bearer ${ADMIN_KEY}` }

interface Route {
  readonly path: string
  readonly headers?: Record<string, string>
  readonly body: Record<string, unknown>
  /** Fields that may be left out. */
  readonly optional?: string[]
}
const routes: Route[] = [
  { path: '/auth/register', body: { email: 'new@example.com', password: PASSWORD } },
  { path: '/auth/login', body: { email, password: PASSWORD } },
  { path: '/auth/refresh', body: { refresh_token } },
  { path: '/auth/verify', body: { token: access_token }, optional: ['token'] },
  { path: '/auth/logout', body: { refresh_token }, optional: ['refresh_token'] },
  { path: '/auth/password', headers: bearer, body: { current_password: PASSWORD, new_password: 'another password' } },
  {
    path: '/admin/keys/revoke-all',
    headers: admin,
    body: { reason: 'a test', sessions: false },
    optional: ['sessions'],
  },
]

const json = { 'content-type': 'application/json' }
const post = (route: Route, body: string | Buffer, headers: Record<string, string> = json) =>
  send(app.url, { method: 'POST', path: route.path, headers: { ...route.headers, ...headers }, body })
const valid = (route: Route) => JSON.stringify(route.body)
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)

attack(
  'A13',
  'bodies that are no JSON object, nested 8,000 deep, or with __proto__ and constructor, on every route',
  async (t) => {
    const bodies: Record<string, string | Buffer> = {
      'broken JSON': '{"email": "a@exa',
      'no JSON': 'email=a@example.com',
      'two objects': '{}{}',
      'single quotes': "{'email': 'a@example.com'}",
      'an array': '[]',
      'a number': '5',
      'a text': '"text"',
      'a boolean': 'true',
      'deeply nested': nested(8_000),
      'deeply nested objects': '{"a":'.repeat(2_500).concat('1', '}'.repeat(2_500)),
      'not even closed': '['.repeat(16_000),
      NUL: '\u0000',
      'a NUL between': '{\u0000}',
      'a control in a text': '{"email":"a\u0001"}',
      __proto__: '{"__proto__":{"admin":true}}',
      'escaped __proto__': '{"\\u005f_proto__":{"admin":true}}',
      constructor: '{"constructor":{"prototype":{"admin":true}}}',
      'nested __proto__': '{"email":{"__proto__":{}}}',
      'unknown after a BOM': '\uFEFF{"unknown":1}',
      'UTF-16': Buffer.from('{"email":"a@example.com"}', 'utf16le'),
      gzip: gzipSync('{"email":"a@example.com"}'),
      'no number': '{"email":NaN}',
    }
    for (const route of routes) {
      for (const [name, body] of Object.entries(bodies)) {
        const answer = await post(route, body)
        const { errors } = answer.body
        const expected = { status: 400, code: 'invalid_request', ...(errors && { field: errors[0].field }) } as const
        isProblem(t, answer, expected, `${route.path}: ${name}`)
      }
    }
  },
)

attack('A15', '14 content types and none, on every route', async (t) => {
  const types = [
    'text/plain',
    'text/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/octet-stream',
    'application/jsonx',
    'application/json; charset=utf-16',
    'application/json;charset=UTF-16LE',
    'application/json; charset="iso-8859-1"',
    'application/json; charset=latin1; charset=utf-8',
    'application/json, text/plain',
    'application/json\ttext/plain',
    'application',
    '*/*',
  ]
  for (const route of routes) {
    for (const type of types) {
      const answer = await post(route, valid(route), { 'content-type': type })
      isProblem(t, answer, { status: 415, code: 'unsupported_media_type' }, `${route.path}: ${type}`)
    }
    const none = await post(route, valid(route), {})
    isProblem(t, none, { status: 415, code: 'unsupported_media_type' }, `${route.path}: no content type`)
  }
})

attack('A15', 'what is JSON in UTF-8 is let in, in any case', async (t) => {
  const login = routes[1] as Route
  for (const type of ['application/json; charset=utf-8', 'application/json;charset="UTF-8"', 'Application/JSON']) {
    t.equal((await post(login, valid(login), { 'content-type': type })).status, 200, type)
  }
})

attack('A12', 'bodies over 16 KiB, announced and in chunks, on every route', async (t) => {
  for (const route of routes) {
    const padded = (length: number) => valid(route).padEnd(length, ' ')
    const tooLarge = { status: 413, code: 'payload_too_large' } as const
    isProblem(t, await post(route, padded(16_385)), tooLarge, route.path)
    isProblem(t, await post(route, padded(1_000_000)), tooLarge, `${route.path}: a megabyte`)
    const chunked = await post(route, padded(20_000), { ...json, 'transfer-encoding': 'chunked' })
    isProblem(t, chunked, tooLarge, `${route.path}: in chunks`)
    const unknown = valid(route)
      .replace(/"[a-z_]+":/, '"unknown":')
      .padEnd(16_384, ' ')
    const fitting = await post({ ...route, headers: {} }, unknown)
    t.ok([400, 401].includes(fitting.status), `${route.path}: ${fitting.status} for 16 KiB`)
  }
})

attack('A14', 'role, is_admin and other unknown members; every member of eight other types', async (t) => {
  const others = [1, -0.5, true, [], ['text'], {}, { $gt: '' }, null]
  for (const route of routes) {
    const { path, body, optional = [] } = route
    const bad = { status: 400, code: 'invalid_request' } as const
    for (const field of ['unknown', 'role', 'is_admin', 'Email', ' email']) {
      const answer = await post(route, JSON.stringify({ ...body, [field]: 'x' }))
      isProblem(t, answer, { ...bad, field }, `${path}: unknown ${field}`)
    }
    for (const [field, value] of Object.entries(body)) {
      if (!optional.includes(field)) {
        const { [field]: _, ...rest } = body
        isProblem(t, await post(route, JSON.stringify(rest)), { ...bad, field }, `${path}: no ${field}`)
      }
      for (const other of others.filter((other) => typeof other !== typeof value)) {
        const answer = await post(route, JSON.stringify({ ...body, [field]: other }))
        isProblem(t, answer, { ...bad, field }, `${path}: ${field} is ${JSON.stringify(other)}`)
      }
      const deep = JSON.stringify({ ...body, [field]: 0 }).replace(`"${field}":0`, `"${field}":${nested(5_000)}`)
      isProblem(t, await post(route, deep), { ...bad, field }, `${path}: ${field} is deeply nested`)
    }
  }
})

attack('A14', 'an empty body and null', async (t) => {
  for (const route of routes.filter(({ optional }) => optional?.length !== 1 || optional.includes('sessions'))) {
    const bad = { status: 400, code: 'invalid_request', field: 'body' } as const
    isProblem(t, await post(route, ''), bad, `${route.path}: empty`)
    isProblem(t, await post(route, 'null'), bad, `${route.path}: null`)
    isProblem(t, await post(route, '', {}), bad, `${route.path}: nothing at all`)
  }
})

attack('A33', 'a NUL and half a character in every text', async (t) => {
  for (const route of routes.filter(({ path }) => path.startsWith('/auth'))) {
    for (const field of Object.keys(route.body)) {
      for (const text of ['with \u0000 inside', '\uD800', `\u0000${route.body[field]}`]) {
        const { status, body } = await post(route, JSON.stringify({ ...route.body, [field]: text }))
        t.ok(status === 400 || status === 401, `${route.path}: ${field} ${status} ${body.code}`)
        if (status === 400) t.equal(body.errors[0].field, field)
      }
    }
  }
})

attack('A13', 'no prototype was touched, and no account made', async (t) => {
  t.equal((await app.call('GET', '/auth/me', { token: access_token })).status, 200)
  t.equal((await app.call('POST', '/auth/login', { body: { email, password: PASSWORD } })).status, 200)
  t.equal((await app.call('GET', '/admin/keys', { headers: admin })).body.epoch, 1)
  t.equal((await app.sql('SELECT count(*)::int AS users FROM users'))[0]?.users, 1)
  t.equal(Reflect.get({}, 'admin'), undefined, 'no prototype was touched')
})

attack('A15', 'bytes that are no UTF-8', async (t) => {
  for (const route of routes) {
    const field = Object.keys(route.body).findLast((name) => typeof route.body[name] === 'string')
    const text = JSON.stringify({ ...route.body, [field ?? '']: 'a good pass \u00ff\u00fe\u00c0 phrase' })
    const answer = await post(route, Buffer.from(text, 'latin1'))
    const { errors } = answer.body
    isProblem(t, answer, { status: 400, code: 'invalid_request', ...(errors && { field }) }, route.path)
  }
})
