import t from 'tap'
import { ADMIN_KEY, newSession } from '../fixtures/app.ts'
import { isProblem } from '../routes/expect.ts'
import { startWorld } from '../routes/world.ts'
import { attacksOn, startTarget } from './target.ts'

// Every admin route there is, by the server's own description of itself: none can be forgotten here.
const app = await startTarget(t, await startWorld(t))
const attack = attacksOn(t, app)
const { paths } = (await app.call('GET', '/openapi.json')).body as { paths: Record<string, object> }
const routes = Object.entries(paths)
  .filter(([path]) => path.startsWith('/admin'))
  .flatMap(([path, methods]) => Object.keys(methods).map((method) => [method.toUpperCase(), path] as const))
  .map(([method, path]) => [method, path.replace(/\{\w+\}/g, '01a2158c-7728-711e-b95a-910b277a56eb')] as const)
const state = async () => (await app.call('GET', '/admin/keys', { token: ADMIN_KEY })).body

attack(
  'A37',
  'every admin route with no key, user tokens, parts and spellings of the key, a cookie, a query',
  async (t) => {
    const { access_token, refresh_token, email } = await newSession(app)
    await app.sql("UPDATE users SET roles = '{admin}' WHERE email = $1", [email])
    const roleful = await app.call('POST', '/auth/refresh', { body: { refresh_token } })
    const before = await state()
    const headers: Record<string, Record<string, string>> = {
      nothing: {},
      'an access token': { authorization: `Bearer ${access_token}` },
      'a token of an admin by role': { authorization: `Bearer ${roleful.body.access_token}` },
      'a refresh token': { authorization: `Bearer ${roleful.body.refresh_token}` },
      'another key': { authorization: `Bearer ${'x'.repeat(ADMIN_KEY.length)}` },
      'a part of it': { authorization: `Bearer ${ADMIN_KEY.slice(0, -1)}` },
      'more than it': { authorization: `Bearer ${ADMIN_KEY}x` },
      'in capitals': { authorization: `Bearer ${ADMIN_KEY.toUpperCase()}` },
      'without a scheme': { authorization: ADMIN_KEY },
      'as Basic': { authorization: `Basic ${Buffer.from(`admin:${ADMIN_KEY}`).toString('base64')}` },
      'an empty one': { authorization: 'Bearer ' },
      'in a cookie': { cookie: `admin_key=${ADMIN_KEY}; authorization=Bearer ${ADMIN_KEY}` },
      'in a header of its own': { 'x-api-key': ADMIN_KEY, 'x-admin-key': ADMIN_KEY },
      'a forwarded address inside': { 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '10.0.0.1' },
      'another method': { 'x-http-method-override': 'GET', 'x-original-url': '/health/live' },
    }
    for (const [method, path] of routes) {
      for (const [name, given] of Object.entries(headers)) {
        const body = method === 'GET' ? {} : { body: { reason: 'an attack' } }
        const answer = await app.call(method, path, { ...body, headers: given })
        isProblem(t, answer, { status: 401, code: 'admin_required' }, `${method} ${path}: ${name}`)
        t.match(answer.headers.get('www-authenticate'), /^Bearer/)
      }
      const query = await app.call(method, `${path}?key=${ADMIN_KEY}&access_token=${ADMIN_KEY}`)
      isProblem(t, query, { status: 401, code: 'admin_required' }, `${method} ${path}: in the query`)
    }
    t.ok(routes.length >= 4, `${routes.length} routes`)
    t.strictSame(await state(), before, 'nothing was changed')
  },
)

attack('A37', 'the same Revoke All sent again does what is asked and no more, and says what it did', async (t) => {
  const before = await state()
  const revoke = () => app.call('POST', '/admin/keys/revoke-all', { token: ADMIN_KEY, body: { reason: 'again' } })
  const [first, second] = [await revoke(), await revoke()]
  t.strictSame([first.body.epoch, second.body.epoch], [before.epoch + 1, before.epoch + 2])
  t.not(first.body.kid, second.body.kid)
  const lines = app.logs.filter(({ event }) => event === 'all_revoked')
  t.match(lines, [
    { why: 'again', epoch: first.body.epoch },
    { why: 'again', epoch: second.body.epoch },
  ])
})
