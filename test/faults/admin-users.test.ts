import { decodeJwt } from 'jose'
import t from 'tap'
import { ADMIN_KEY, PASSWORD, startApp, until } from '../fixtures/app.ts'
import { isUnavailable, sessionOn, settled, startWorld, timed, whole } from './world.ts'

// What an admin does to users while a dependency is away.

const { postgres, redis, env } = await startWorld(t)
const server = await startApp(t, env)
const headers = { authorization: `Bearer ${ADMIN_KEY}` }
const admin = (method: string, path: string, body?: unknown) =>
  server.call(method, `/admin/users${path}`, { headers, body })
const me = (token: string) => server.call('GET', '/auth/me', { token })
const refresh = (refresh_token: string) =>
  settled(() => server.call('POST', '/auth/refresh', { body: { refresh_token } }))

/** A session, as soon as no breaker is in the way. */
const newUser = () =>
  until(async () => {
    await whole(server)
    return sessionOn(server).catch(() => undefined)
  })

t.test(
  'without Redis a user is disabled in Postgres, refused here at once, and everywhere when Redis returns',
  async (t) => {
    await whole(server)
    const { userId, email, access_token: token, refresh_token } = await newUser()
    const other = await newUser()
    await redis.server.stop()
    t.match(await admin('POST', `/${userId}/disable`), { status: 200, body: { disabled: true } })
    t.equal((await me(token)).status, 401, 'the access token is refused already')
    t.equal((await me(other.access_token)).status, 200, 'another user goes on')
    t.match(await admin('GET', `/${userId}`), { status: 200, body: { disabled: true } })
    await redis.server.start()
    t.match(await refresh(refresh_token), { status: 401, body: { code: 'invalid_refresh_token' } })
    await whole(server)
    const body = { email, password: PASSWORD }
    t.equal((await settled(() => server.call('POST', '/auth/login', { body }))).status, 403)
    const { session_id } = await until(async () => {
      const { events } = (await server.call('GET', '/auth/revocations')).body
      return events.find((one: { session_id?: string }) => one.session_id !== undefined)
    })
    t.equal(session_id, decodeJwt(token).sid, 'verifiers elsewhere are told')
    t.equal((await refresh(other.refresh_token)).status, 200)
  },
)

t.test('without Redis roles are changed in Postgres, and in the tokens when Redis returns', async (t) => {
  const { userId, refresh_token } = await newUser()
  await redis.server.stop()
  t.match(await admin('PUT', `/${userId}/roles`, { roles: ['admin'] }), { status: 200, body: { roles: ['admin'] } })
  await redis.server.start()
  await whole(server)
  let token = refresh_token
  const roles = await until(async () => {
    const { body } = await refresh(token)
    token = body.refresh_token
    const { roles } = decodeJwt(body.access_token) as { roles: string[] }
    return roles.length > 0 ? roles : undefined
  })
  t.strictSame(roles, ['admin'])
})

t.test('without Redis sessions are revoked when it returns', async (t) => {
  const { userId, access_token: token, refresh_token } = await newUser()
  await redis.server.stop()
  t.equal((await admin('POST', `/${userId}/revoke-sessions`)).status, 200)
  t.equal((await me(token)).status, 401)
  await redis.server.start()
  t.equal((await refresh(refresh_token)).status, 401)
})

t.test('without Postgres nothing is changed, and the answer says so', async (t) => {
  const { userId, email, access_token: token, refresh_token } = await newUser()
  await postgres.server.stop()
  const calls = {
    find: ['GET', `/${userId}`],
    'find by email': ['GET', `?email=${email}`],
    disable: ['POST', `/${userId}/disable`],
    enable: ['POST', `/${userId}/enable`],
    'revoke sessions': ['POST', `/${userId}/revoke-sessions`],
    roles: ['PUT', `/${userId}/roles`, { roles: ['admin'] }],
  } as const
  for (const [what, [method, path, body]] of Object.entries(calls)) {
    isUnavailable(t, await timed(admin(method, path, body)), 'postgres', what)
  }
  t.equal((await me(token)).status, 200)
  t.equal((await refresh(refresh_token)).status, 200)
  await postgres.server.start()
  await whole(server)
  t.match((await admin('GET', `/${userId}`)).body, { disabled: false, roles: [] })
})
