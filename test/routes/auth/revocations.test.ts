import { decodeJwt } from 'jose'
import t from 'tap'
import { newSession, until } from '../../fixtures/app.ts'
import { isProblem, JSON_TYPE, UTC_TIME } from '../expect.ts'
import { startWorld } from '../world.ts'

interface Event {
  type: string
  session_id?: string
  at: string
  expires_at?: string
  epoch?: number
  version?: number
}

const world = await startWorld(t)
const app = await world.start(t)
const { call } = app
const page = (since?: string, { call }: Pick<typeof app, 'call'> = app) =>
  call('GET', `/auth/revocations${since === undefined ? '' : `?since=${encodeURIComponent(since)}`}`)
const sessionsIn = (events: Event[]) => new Set(events.map(({ session_id }) => session_id))

/** The page as soon as it tells of a session, which must be within a second. */
function pageWith(sessionId: string, since?: string, from = app) {
  return until(async () => {
    const answer = await page(since, from)
    return sessionsIn(answer.body.events).has(sessionId) ? answer : null
  }, 1_000)
}

async function loggedOut(): Promise<{ session_id: string; access_token: string }> {
  const session = await newSession(app)
  await call('POST', '/auth/logout', { token: session.access_token })
  return session
}

t.test('a revoked session is told of until its access token has expired', async (t) => {
  const { session_id, access_token } = await loggedOut()
  const { status, headers, body } = await pageWith(session_id)
  t.equal(status, 200)
  t.match(headers.get('content-type'), JSON_TYPE)
  t.strictSame(Object.keys(body).sort(), ['cursor', 'events'])
  t.type(body.cursor, 'string')
  const event = body.events.find((event: Event) => event.session_id === session_id)
  t.strictSame(Object.keys(event).sort(), ['at', 'expires_at', 'session_id', 'type'])
  t.equal(event.type, 'session_revoked')
  t.match(event.at, UTC_TIME)
  t.match(event.expires_at, UTC_TIME)
  t.ok(Math.abs(Date.parse(event.at) - Date.now()) < 60_000)
  t.ok(Date.parse(event.expires_at) >= Number(decodeJwt(access_token).exp) * 1000)
})

t.test('every way in which a session ends is told', async (t) => {
  const { session_id: mine, access_token: token, refresh_token } = await newSession(app)
  const ended = await newSession(app)
  await call('DELETE', `/auth/sessions/${ended.session_id}`, { token: ended.access_token })
  const reused = await newSession(app)
  const refresh = (token: string) => call('POST', '/auth/refresh', { body: { refresh_token: token } })
  await refresh((await refresh(reused.refresh_token)).body.refresh_token)
  t.equal((await refresh(reused.refresh_token)).body.code, 'refresh_token_reused')
  const all = await newSession(app)
  await call('DELETE', '/auth/sessions', { token: all.access_token })
  await call('POST', '/auth/logout', { body: { refresh_token } })
  for (const id of [mine, ended.session_id, reused.session_id, all.session_id]) t.ok(await pageWith(id))
  t.equal((await call('GET', '/auth/me', { token })).status, 401)
})

t.test('a cursor gives what came since', async (t) => {
  const before = await loggedOut()
  const { cursor } = (await pageWith(before.session_id)).body
  const { body: nothing } = await page(cursor)
  t.strictSame({ events: nothing.events, reset: nothing.reset }, { events: [], reset: undefined })
  const after = await loggedOut()
  const { body } = await pageWith(after.session_id, cursor)
  t.notOk('reset' in body)
  t.notOk(sessionsIn(body.events).has(before.session_id), 'what was told before is not told again')
  const last = await loggedOut()
  const next = sessionsIn((await pageWith(last.session_id, body.cursor)).body.events)
  t.notOk(next.has(after.session_id))
})

t.test('a cursor that is unknown or too old gives the whole set, and says so', async (t) => {
  const { session_id } = await loggedOut()
  await pageWith(session_id)
  const future = `${Date.now() + 3_600_000}-0`
  for (const cursor of ['', 'garbage', '0-0', '1-0', future, '1-0+1', '9'.repeat(100), '-', '\u0000', '__proto__']) {
    const { status, body } = await page(cursor)
    t.equal(status, 200, cursor)
    t.equal(body.reset, true, cursor)
    t.ok(sessionsIn(body.events).has(session_id), cursor)
  }
  isProblem(t, await page('x'.repeat(129)), { status: 400, code: 'invalid_request', field: 'since' })
  const twice = await call('GET', '/auth/revocations?since=1-0&since=2-0')
  isProblem(t, twice, { status: 400, code: 'invalid_request', field: 'since' })
})

t.test('a change of the key ring is told', async (t) => {
  const headers = { authorization: `Bearer ${app.env.ADMIN_API_KEY}` }
  const changes = [
    await call('POST', '/admin/keys/rotate', { headers }),
    await call('POST', '/admin/keys/revoke-all', { headers, body: { reason: 'a test' } }),
  ]
  t.strictSame(
    changes.map(({ status }) => status),
    [200, 200],
  )
  const { epoch, version } = (await call('GET', '/admin/keys', { headers })).body
  const event = await until(async () => {
    const { events } = (await page()).body
    return events.find((event: Event) => event.type === 'keys_changed' && event.version === version)
  }, 1_000)
  t.strictSame(Object.keys(event).sort(), ['at', 'epoch', 'type', 'version'])
  t.strictSame({ epoch: event.epoch, version: event.version }, { epoch, version })
  t.match(event.at, UTC_TIME)
})

t.test('what no longer matters is forgotten', async (t) => {
  const brief = await world.start(t, { ACCESS_TOKEN_TTL: '2s' })
  const { body: start } = await page(undefined, brief)
  const { access_token: token, session_id } = await newSession(brief)
  await brief.call('POST', '/auth/logout', { token })
  const expiresAt = Number(decodeJwt(token).exp) * 1000
  let isKnown = false
  await until(async () => {
    const { events } = (await page(undefined, brief)).body
    const isListed = sessionsIn(events).has(session_id)
    if (isKnown && !isListed) t.ok(Date.now() >= expiresAt, 'not before its token has expired')
    isKnown = isListed
    return !isListed && Date.now() >= expiresAt
  })
  await until(async () => (await page(start.cursor, brief)).body.reset === true)
  t.pass('and the cursor of then is too old')
})
