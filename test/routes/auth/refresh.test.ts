import { decodeJwt } from 'jose'
import t from 'tap'
import { newSession, until } from '../../fixtures/app.ts'
import { isInvalidToken, isProblem } from '../expect.ts'
import { startWorld } from '../world.ts'

const world = await startWorld(t)
const app = await world.start(t)
const { call } = app
const refresh = (refresh_token: string) => call('POST', '/auth/refresh', { body: { refresh_token } })

t.test('a refresh gives the token answer of the same session with new tokens', async (t) => {
  const before = await newSession(app)
  const { status, headers, body } = await refresh(before.refresh_token)
  t.equal(status, 200)
  t.equal(headers.get('cache-control'), 'no-store')
  const { access_token, refresh_token, expires_in, refresh_expires_in, ...rest } = body
  t.strictSame(rest, { token_type: 'Bearer', session_id: before.session_id })
  t.not(refresh_token, before.refresh_token)
  t.ok(expires_in >= 855 && expires_in <= 900)
  t.ok([604_799, 604_800].includes(refresh_expires_in))
  const { iat, exp, jti, ...claims } = decodeJwt(access_token)
  const { iat: iatBefore, exp: expBefore, jti: jtiBefore, ...claimsBefore } = decodeJwt(before.access_token)
  t.strictSame(claims, claimsBefore, 'the same person, session and time of authentication')
  t.not(jti, jtiBefore)
  t.equal((await call('GET', '/auth/me', { token: before.access_token })).status, 200, 'the old access token lives on')
  t.equal((await call('GET', '/auth/me', { token: access_token })).status, 200)
})

t.test('a session goes on from token to token', async (t) => {
  let { refresh_token } = await newSession(app)
  const seen = new Set([refresh_token])
  for (let i = 0; i < 20; i += 1) {
    const { status, body } = await refresh(refresh_token)
    t.equal(status, 200)
    refresh_token = body.refresh_token
    seen.add(refresh_token)
  }
  t.equal(seen.size, 21, 'each token is another one')
})

t.test('within the grace the same token gives the same successor', async (t) => {
  const { refresh_token, session_id } = await newSession(app)
  const answers = await Promise.all(Array.from({ length: 30 }, () => refresh(refresh_token)))
  t.strictSame([...new Set(answers.map(({ status }) => status))], [200])
  t.equal(new Set(answers.map(({ body }) => body.refresh_token)).size, 1, 'one successor')
  t.strictSame([...new Set(answers.map(({ body }) => body.session_id))], [session_id])
  const next = await refresh(answers[0]?.body.refresh_token)
  t.equal(next.status, 200, 'which works')
})

t.test('after the grace the token before the current one is reuse too', async (t) => {
  const hasty = await world.start(t, { REFRESH_GRACE: '200ms' })
  const again = (refresh_token: string) => hasty.call('POST', '/auth/refresh', { body: { refresh_token } })
  const first = await newSession(hasty)
  const second = (await again(first.refresh_token)).body
  const refused = await until(async () => {
    const answer = await again(first.refresh_token)
    if (answer.status === 200) t.equal(answer.body.refresh_token, second.refresh_token)
    return answer.status === 200 ? null : answer
  })
  isProblem(t, refused, { status: 401, code: 'refresh_token_reused' })
  isProblem(t, await again(second.refresh_token), { status: 401, code: 'invalid_refresh_token' })
  isInvalidToken(t, await hasty.call('GET', '/auth/me', { token: second.access_token }), 'its access token')
})

t.test('what is no refresh token of this server is refused', async (t) => {
  const { refresh_token: token, access_token } = await newSession(app)
  const foreign = await newSession(await world.start(t))
  const flipped = [...token].map(
    (character, at) => token.slice(0, at) + (character === 'A' ? 'B' : 'A') + token.slice(at + 1),
  )
  const texts = {
    empty: '',
    garbage: 'garbage',
    'an access token': access_token,
    'of another server': foreign.refresh_token,
    'of the right form': `tfr_${'A'.repeat(96)}`,
    truncated: token.slice(0, -1),
    lengthened: `${token}A`,
    padded: `${token}=`,
    'with a space': `${token} `,
    'with a line break': `${token}\n`,
    'with a NUL': `${token}\u0000`,
    'in capitals': token.toUpperCase(),
    long: 'tfr_'.padEnd(15_000, 'A'),
    'a session id': foreign.session_id,
  }
  for (const [name, text] of [...Object.entries(texts), ...flipped.map((text, at) => [`character ${at}`, text])]) {
    isProblem(t, await refresh(text ?? ''), { status: 401, code: 'invalid_refresh_token' }, name)
  }
  t.equal((await refresh(token)).status, 200, 'the session is none the worse for it')
})

t.jobs = 2

t.test('each refresh moves the end of the session, and without any it comes', { buffered: true }, async (t) => {
  const { call } = await world.start(t, { REFRESH_TOKEN_TTL: '2s', REFRESH_GRACE: '1s' })
  const refresh = (refresh_token: string) => call('POST', '/auth/refresh', { body: { refresh_token } })
  const { access_token: token, refresh_token, refresh_expires_in } = await newSession({ call })
  t.ok([1, 2].includes(refresh_expires_in))
  let latest = refresh_token
  const began = Date.now()
  await until(async () => {
    const { status, body } = await refresh(latest)
    if (status !== 200) throw new Error(`${status} after ${Date.now() - began} ms: ${JSON.stringify(body)}`)
    latest = body.refresh_token
    return Date.now() - began > 2_500
  })
  t.pass('the session outlived its first token')
  await until(async () => (await call('GET', '/auth/sessions', { token })).body.sessions.length === 0)
  isProblem(t, await refresh(latest), { status: 401, code: 'invalid_refresh_token' })
})

t.test('no refresh moves the end of the session beyond its greatest age', { buffered: true }, async (t) => {
  const { call } = await world.start(t, { SESSION_MAX_AGE: '2s' })
  const { access_token: token, refresh_token, refresh_expires_in } = await newSession({ call })
  t.ok([1, 2].includes(refresh_expires_in))
  const [session] = (await call('GET', '/auth/sessions', { token })).body.sessions
  t.equal(Date.parse(session.expires_at) - Date.parse(session.created_at), 2_000)
  let latest = refresh_token
  const refused = await until(async () => {
    const answer = await call('POST', '/auth/refresh', { body: { refresh_token: latest } })
    if (answer.status !== 200) return answer
    latest = answer.body.refresh_token
    t.ok([1, 2].includes(answer.body.refresh_expires_in))
    return null
  })
  isProblem(t, refused, { status: 401, code: 'invalid_refresh_token' })
  t.ok(Date.now() >= Date.parse(session.expires_at) - 50, 'not before its time')
})
