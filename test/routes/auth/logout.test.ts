import t from 'tap'
import { type CallOptions, newSession, PASSWORD } from '../../fixtures/app.ts'
import { isInvalidToken, isProblem } from '../expect.ts'
import { startWorld } from '../world.ts'

const world = await startWorld(t)
const { call } = await world.start(t)
const refresh = (refresh_token: string) => call('POST', '/auth/refresh', { body: { refresh_token } })
const logout = (options: CallOptions) => call('POST', '/auth/logout', options)

t.test('a logout by either token ends the session at once, and only that one', async (t) => {
  for (const by of ['access token', 'refresh token', 'spent refresh token']) {
    const { email, access_token: token, refresh_token, session_id } = await newSession({ call })
    const credentials = { email, password: PASSWORD }
    const { body: other } = await call('POST', '/auth/login', { body: credentials })
    const { body: next } = await refresh(refresh_token)
    const refreshToken = by === 'spent refresh token' ? refresh_token : next.refresh_token
    const how: CallOptions = by === 'access token' ? { token } : { body: { refresh_token: refreshToken } }

    const { status, headers, body } = await logout(how)
    t.equal(status, 204, by)
    t.equal(body, '')
    t.equal(headers.get('cache-control'), 'no-store')
    for (const [name, access] of Object.entries({ first: token, refreshed: next.access_token })) {
      isInvalidToken(t, await call('GET', '/auth/me', { token: access }), `${by}: the ${name} access token on me`)
      isInvalidToken(t, await call('GET', '/auth/verify', { token: access }), `${by}: the ${name} access token on GET`)
      const verified = await call('POST', '/auth/verify', { body: { token: access } })
      isInvalidToken(t, verified, `${by}: the ${name} access token on POST`)
    }
    isProblem(t, await refresh(next.refresh_token), { status: 401, code: 'invalid_refresh_token' })

    t.equal((await logout(how)).status, 204, 'it is safe to repeat')
    t.equal((await logout({ body: { refresh_token: next.refresh_token } })).status, 204, 'also by the other token')
    t.equal((await call('GET', '/auth/me', { token: other.access_token })).status, 200, 'another session goes on')
    const { sessions } = (await call('GET', '/auth/sessions', { token: other.access_token })).body
    t.notOk(
      sessions.some(({ id }: { id: string }) => id === session_id),
      'the session is not listed any more',
    )
    t.equal((await refresh(other.refresh_token)).status, 200)
    t.equal((await call('POST', '/auth/login', { body: credentials })).status, 200, 'who logs in again is in again')
  }
})

t.test('a logout with JSON announced and nothing sent goes by the Bearer token', async (t) => {
  const { access_token: token } = await newSession({ call })
  t.equal((await logout({ token, body: '' })).status, 204)
  isInvalidToken(t, await call('GET', '/auth/me', { token }), 'the session is ended')
})

t.test('what is no token ends no session', async (t) => {
  const { access_token: token, refresh_token } = await newSession({ call })
  isInvalidToken(t, await logout({}), 'nothing', { presented: false })
  isInvalidToken(t, await logout({ body: {} }), 'an empty object', { presented: false })
  isInvalidToken(t, await logout({ token: `${token.slice(0, -8)}AAAAAAAA` }), 'a forged access token')
  for (const text of ['', 'garbage', token, `${refresh_token}A`]) {
    isProblem(t, await logout({ body: { refresh_token: text } }), { status: 401, code: 'invalid_refresh_token' })
  }
  t.equal((await call('GET', '/auth/me', { token })).status, 200)
  t.equal((await refresh(refresh_token)).status, 200)
})
