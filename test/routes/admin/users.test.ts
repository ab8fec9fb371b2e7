import { decodeJwt } from 'jose'
import t from 'tap'
import { newId } from '../../../lib/auth/ids.ts'
import { ADMIN_KEY, newSession, PASSWORD } from '../../fixtures/app.ts'
import { isInvalidToken, isProblem, UTC_TIME, UUID_V7 } from '../expect.ts'
import { startWorld } from '../world.ts'

const world = await startWorld(t)
const app = await world.start(t)
const headers = { authorization: `Bearer ${ADMIN_KEY}` }
const admin = (method: string, path: string, body?: unknown) =>
  app.call(method, `/admin/users${path}`, { headers, body })
const refresh = (refresh_token: string) => app.call('POST', '/auth/refresh', { body: { refresh_token } })
const login = (email: string, password = PASSWORD) => app.call('POST', '/auth/login', { body: { email, password } })
const rolesOf = ({ body }: { body: { access_token: string } }) => decodeJwt(body.access_token).roles

t.test('a user is found by id and by email in any spelling, and no password hash is told', async (t) => {
  const { userId, email } = await newSession(app)
  const { status, headers: answered, body } = await admin('GET', `/${userId}`)
  t.equal(status, 200)
  t.equal(answered.get('cache-control'), 'no-store')
  t.match(body, { id: UUID_V7, created_at: UTC_TIME })
  const { created_at, ...rest } = body
  t.strictSame(rest, { id: userId, email, roles: [], disabled: false, disabled_at: null })
  for (const spelling of [email, ` ${email.toUpperCase()} `]) {
    t.strictSame((await admin('GET', `?email=${encodeURIComponent(spelling)}`)).body, body, spelling)
  }
  t.strictSame((await admin('GET', `/${userId.toUpperCase()}`)).body, body)
})

t.test('what is not there is not found', async (t) => {
  const nobody = newId(0)
  const calls = {
    'by id': admin('GET', `/${nobody}`),
    'by email': admin('GET', '?email=nobody@example.com'),
    disable: admin('POST', `/${nobody}/disable`),
    enable: admin('POST', `/${nobody}/enable`),
    'revoke-sessions': admin('POST', `/${nobody}/revoke-sessions`),
    roles: admin('PUT', `/${nobody}/roles`, { roles: ['admin'] }),
  }
  for (const [what, answer] of Object.entries(calls)) {
    isProblem(t, await answer, { status: 404, code: 'not_found' }, what)
  }
  t.strictSame(await app.sql('SELECT * FROM pending_account_changes'), [])
  t.strictSame(await app.sql('SELECT * FROM pending_revocations'), [])
})

t.test('what is wrong with a request is named', async (t) => {
  const { userId } = await newSession(app)
  const bad = { status: 400, code: 'invalid_request' } as const
  isProblem(t, await admin('GET', ''), { ...bad, field: 'email' }, 'no email')
  isProblem(t, await admin('GET', '?email=no'), { ...bad, field: 'email' }, 'no email address')
  isProblem(t, await admin('GET', '?email=a@b.co&email=b@b.co'), { ...bad, field: 'email' }, 'two')
  isProblem(t, await admin('GET', '?email=a@b.co&name=x'), { ...bad, field: 'name' }, 'an unknown parameter')
  for (const path of ['/5', '/5/disable', "/'/enable", '/x/revoke-sessions']) {
    isProblem(t, await admin(path.includes('/', 1) ? 'POST' : 'GET', path), { ...bad, field: 'id' }, path)
  }
  isProblem(t, await admin('POST', `/${userId}/disable`, { why: 'x' }), { ...bad, field: 'why' }, 'an unknown member')
  const wrong: [unknown, string][] = [
    [undefined, 'body'],
    [{}, 'roles'],
    [{ roles: 'admin' }, 'roles'],
    [{ roles: null }, 'roles'],
    [{ roles: ['a', 'a'] }, 'roles'],
    [{ roles: Array.from({ length: 33 }, (_, i) => `role${i}`) }, 'roles'],
    [{ roles: ['fine', 5] }, 'roles.1'],
    [{ roles: [''] }, 'roles.0'],
    [{ roles: ['two words'] }, 'roles.0'],
    [{ roles: ['a,admin'] }, 'roles.0'],
    [{ roles: ['admin\r\nX: y'] }, 'roles.0'],
    [{ roles: ['x'.repeat(65)] }, 'roles.0'],
    [{ roles: [], disabled: true }, 'disabled'],
  ]
  for (const [body, field] of wrong) {
    const answer = await admin('PUT', `/${userId}/roles`, body)
    isProblem(t, answer, { ...bad, field }, JSON.stringify(body)?.slice(0, 40))
  }
  t.match((await admin('GET', `/${userId}`)).body, { roles: [], disabled: false })
})

t.test('a disabled user is refused everywhere at once, and told so only with the right password', async (t) => {
  const session = await newSession(app)
  const { userId, email, access_token: token, refresh_token } = session
  const other = await newSession(app)
  const { status, body } = await admin('POST', `/${userId}/disable`)
  t.equal(status, 200)
  t.match(body, { id: userId, disabled: true, disabled_at: UTC_TIME })
  isInvalidToken(t, await app.call('GET', '/auth/me', { token }), 'the access token')
  isProblem(t, await refresh(refresh_token), { status: 401, code: 'invalid_refresh_token' })
  isProblem(t, await login(email, 'a wrong password'), { status: 401, code: 'invalid_credentials' })
  isProblem(t, await login(email), { status: 403, code: 'account_disabled' })
  t.strictSame((await admin('POST', `/${userId}/disable`)).body, body, 'a repeat changes nothing')
  t.equal((await refresh(other.refresh_token)).status, 200, 'another user goes on')

  t.match((await admin('POST', `/${userId}/enable`)).body, { disabled: false, disabled_at: null })
  isProblem(t, await refresh(refresh_token), { status: 401, code: 'invalid_refresh_token' }, 'the old session is gone')
  const again = await login(email)
  t.equal(again.status, 200)
  t.equal((await app.call('GET', '/auth/me', { token: again.body.access_token })).status, 200)
  t.strictSame(await app.sql('SELECT * FROM pending_account_changes'), [], 'redis knows')
  t.strictSame(await app.sql('SELECT * FROM pending_revocations'), [])
})

t.test('revoked sessions are gone, and the user may log in again', async (t) => {
  const { userId, email, access_token: token, refresh_token } = await newSession(app)
  const second = (await login(email)).body
  const { status, body } = await admin('POST', `/${userId}/revoke-sessions`)
  t.equal(status, 200)
  t.match(body, { id: userId, disabled: false })
  for (const each of [{ access_token: token, refresh_token }, second]) {
    isInvalidToken(t, await app.call('GET', '/auth/me', { token: each.access_token }), 'the access token')
    isProblem(t, await refresh(each.refresh_token), { status: 401, code: 'invalid_refresh_token' })
  }
  t.equal((await login(email)).status, 200)
})

t.test('roles are in the next access token, by refresh and by login', async (t) => {
  const { userId, email, refresh_token } = await newSession(app)
  const roles = ['admin', 'billing:read']
  t.strictSame((await admin('PUT', `/${userId}/roles`, { roles })).body.roles, roles)
  t.strictSame((await admin('GET', `/${userId}`)).body.roles, roles)
  const refreshed = await refresh(refresh_token)
  t.strictSame(rolesOf(refreshed), roles)
  t.strictSame(rolesOf(await login(email)), roles)
  await admin('PUT', `/${userId}/roles`, { roles: [] })
  t.strictSame(rolesOf(await refresh(refreshed.body.refresh_token)), [])
})

t.test('of many changes at once the last one is in the next token', async (t) => {
  const { userId, refresh_token } = await newSession(app)
  const changes = Array.from({ length: 20 }, (_, i) => admin('PUT', `/${userId}/roles`, { roles: [`role${i}`] }))
  for (const { status } of await Promise.all(changes)) t.equal(status, 200)
  const { roles } = (await admin('GET', `/${userId}`)).body
  t.strictSame(rolesOf(await refresh(refresh_token)), roles)
})
