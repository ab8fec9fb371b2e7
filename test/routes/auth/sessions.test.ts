import t from 'tap'
import { newSession, PASSWORD } from '../../fixtures/app.ts'
import { isInvalidToken, isProblem, UTC_TIME } from '../expect.ts'
import { startWorld } from '../world.ts'

interface Session {
  id: string
  current: boolean
  created_at: string
  last_used_at: string
  expires_at: string
}

const world = await startWorld(t)
const { call } = await world.start(t)
const refresh = (refresh_token: string) => call('POST', '/auth/refresh', { body: { refresh_token } })
const list = async (token: string): Promise<Session[]> => (await call('GET', '/auth/sessions', { token })).body.sessions
const ids = (sessions: readonly { readonly id: string }[]) => sessions.map(({ id }) => id).sort()

async function logInAgain(email: string, userAgent = 'a test') {
  const headers = { 'user-agent': userAgent }
  return (await call('POST', '/auth/login', { body: { email, password: PASSWORD }, headers })).body
}

t.test('the sessions of a user are listed with what tells them apart', async (t) => {
  const { email, access_token: token, refresh_token, session_id } = await newSession({ call })
  const agent = `Browser "9" \\ ${'x'.repeat(50)}`
  const second = await logInAgain(email, agent)
  await newSession({ call })
  await refresh(refresh_token)

  const answer = await call('GET', '/auth/sessions', { token })
  t.equal(answer.status, 200)
  t.strictSame(Object.keys(answer.body), ['sessions'])
  const sessions: Session[] = answer.body.sessions
  t.strictSame(ids(sessions), [session_id, second.session_id].sort())
  for (const session of sessions) {
    const { id, current, created_at, last_used_at, expires_at, ...rest } = session
    t.equal(current, id === session_id)
    for (const time of [created_at, last_used_at, expires_at]) t.match(time, UTC_TIME)
    t.ok(Math.abs(Date.parse(created_at) - Date.now()) < 60_000)
    t.equal(Date.parse(expires_at) - Date.parse(last_used_at), 7 * 86_400_000)
    t.strictSame(rest, { ip: '127.0.0.1', user_agent: id === session_id ? 'node' : agent })
  }
  const [first] = sessions.filter(({ id }) => id === session_id)
  t.ok(Date.parse(first?.last_used_at ?? '') > Date.parse(first?.created_at ?? ''), 'a refresh is a use')
  const seenBySecond = await list(second.access_token)
  t.strictSame(ids(seenBySecond.filter(({ current }) => current)), [second.session_id])
})

t.test('behind a proxy the address of the client is shown, and a long user agent is cut', async (t) => {
  const proxied = await world.start(t, { TRUST_PROXY: '1' })
  const { email } = await newSession(proxied)
  const headers = { 'x-forwarded-for': '192.0.2.1, 2001:db8::7', 'user-agent': 'x'.repeat(5_000) }
  const { body } = await proxied.call('POST', '/auth/login', { body: { email, password: PASSWORD }, headers })
  const { sessions } = (await proxied.call('GET', '/auth/sessions', { token: body.access_token })).body
  const current = sessions.find((session: Session) => session.current)
  t.equal(current.ip, '2001:db8::7')
  t.match(current.user_agent, /^x{50,500}$/)
})

t.test('a user ends one session of theirs', async (t) => {
  const { email, access_token: token, session_id } = await newSession({ call })
  const second = await logInAgain(email)
  const third = await logInAgain(email)
  const ended = await call('DELETE', `/auth/sessions/${second.session_id}`, { token })
  t.equal(ended.status, 204)
  t.equal(ended.body, '')
  isInvalidToken(t, await call('GET', '/auth/me', { token: second.access_token }), 'its access token, at once')
  isProblem(t, await refresh(second.refresh_token), { status: 401, code: 'invalid_refresh_token' })
  t.strictSame(ids(await list(token)), [session_id, third.session_id].sort())
  t.equal((await call('DELETE', `/auth/sessions/${third.session_id.toUpperCase()}`, { token })).status, 204)
  isInvalidToken(t, await call('GET', '/auth/me', { token: third.access_token }), 'an id in capitals is the same id')
  t.equal((await call('DELETE', `/auth/sessions/${session_id}`, { token })).status, 204, 'also the current one')
  isInvalidToken(t, await call('GET', '/auth/sessions', { token }), 'which then is over')
})

t.test('nobody ends a session that is not theirs', async (t) => {
  const [mine, other] = [await newSession({ call }), await newSession({ call })]
  const end = (id: string) => call('DELETE', `/auth/sessions/${id}`, { token: mine.access_token })
  isProblem(t, await end(other.session_id), { status: 404, code: 'not_found' }, 'of another user')
  isProblem(t, await end('01900000-0000-7000-8000-000000000000'), { status: 404, code: 'not_found' }, 'of nobody')
  for (const text of ['x', '@', '%00', '..%2Fsessions', `${mine.session_id}%20`, `%7B${mine.session_id}%7D`]) {
    isProblem(t, await end(text), { status: 400, code: 'invalid_request', field: 'id' }, text)
  }
  t.equal((await call('GET', '/auth/me', { token: other.access_token })).status, 200)
  t.equal((await refresh(other.refresh_token)).status, 200)
  t.equal((await list(mine.access_token)).length, 1)
})

t.test('a user ends all sessions but the current one, or all', async (t) => {
  const { email, access_token: token, refresh_token, session_id } = await newSession({ call })
  const stranger = await newSession({ call })
  const others = [await logInAgain(email), await logInAgain(email)]
  t.equal((await call('DELETE', '/auth/sessions?keep_current=true', { token })).status, 204)
  t.strictSame(ids(await list(token)), [session_id])
  for (const other of others) {
    isInvalidToken(t, await call('GET', '/auth/me', { token: other.access_token }), 'an access token of another one')
    isProblem(t, await refresh(other.refresh_token), { status: 401, code: 'invalid_refresh_token' })
  }
  const { body: next } = await refresh(refresh_token)
  isProblem(t, await call('DELETE', '/auth/sessions?keep_current=maybe', { token }), {
    status: 400,
    code: 'invalid_request',
    field: 'keep_current',
  })
  t.equal((await list(token)).length, 1, 'a bad request ends nothing')

  const last = await logInAgain(email)
  t.equal((await call('DELETE', '/auth/sessions', { token })).status, 204)
  for (const access of [token, next.access_token, last.access_token]) {
    isInvalidToken(t, await call('GET', '/auth/me', { token: access }), 'all are over')
  }
  isProblem(t, await refresh(next.refresh_token), { status: 401, code: 'invalid_refresh_token' })
  t.equal((await call('GET', '/auth/me', { token: stranger.access_token })).status, 200, 'another user is not touched')
})

t.test('a user has at most 100 sessions; the one unused for longest makes room', async (t) => {
  const first = await newSession({ call })
  const used = await logInAgain(first.email)
  for (let i = 0; i < 97; i += 1) await logInAgain(first.email)
  t.equal((await refresh(first.refresh_token)).status, 200)
  const hundredth = await logInAgain(first.email)
  t.equal((await list(hundredth.access_token)).length, 100)
  await logInAgain(first.email)
  const sessions = await list(hundredth.access_token)
  t.equal(sessions.length, 100)
  t.ok(ids(sessions).includes(first.session_id), 'the first was used since')
  t.notOk(ids(sessions).includes(used.session_id))
  isInvalidToken(t, await call('GET', '/auth/me', { token: used.access_token }), 'the one that made room')
})
