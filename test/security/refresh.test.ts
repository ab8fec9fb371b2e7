import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { newSession, PASSWORD, until } from '../fixtures/app.ts'
import { isInvalidToken, isProblem } from '../routes/expect.ts'
import { startWorld } from '../routes/world.ts'
import { attacksOn, startAgain, startTarget, type Target } from './target.ts'

// A refresh token that was stolen, or kept: what it is good for after its owner has gone on, left, or lost the server.
const world = await startWorld(t)
const app = await startTarget(t, world)
const attack = attacksOn(t, app)

const refreshAt = ({ call }: Target, refresh_token: string) =>
  call('POST', '/auth/refresh', { body: { refresh_token } })
const refresh = (token: string) => refreshAt(app, token)

async function isOver(t: Test, at: Target, refreshTokens: string[], accessToken: string): Promise<void> {
  for (const token of refreshTokens) {
    isProblem(t, await refreshAt(at, token), { status: 401, code: 'invalid_refresh_token' })
  }
  isInvalidToken(t, await at.call('GET', '/auth/me', { token: accessToken }), 'its access token')
}

attack('A18', 'a token two generations old ends the family of thief and owner, and no other session', async (t) => {
  const [first, other] = [await newSession(app), await newSession(app)]
  const second = (await refresh(first.refresh_token)).body
  const third = (await refresh(second.refresh_token)).body
  isProblem(t, await refresh(first.refresh_token), { status: 401, code: 'refresh_token_reused' })
  const tokens = [first, second, third]
  await isOver(
    t,
    app,
    tokens.map(({ refresh_token }) => refresh_token),
    third.access_token,
  )
  await until(async () => {
    const { events } = (await app.call('GET', '/auth/revocations')).body
    return events.some(({ session_id }: { session_id?: string }) => session_id === first.session_id)
  })
  t.equal((await refresh(other.refresh_token)).status, 200)
})

attack('A18', 'replay after a logout, after the end of all sessions, and after a new password', async (t) => {
  const ends: Record<string, (token: string) => Promise<{ status: number }>> = {
    logout: (token) => app.call('POST', '/auth/logout', { token }),
    'end of all': (token) => app.call('DELETE', '/auth/sessions', { token }),
  }
  for (const [name, end] of Object.entries(ends)) {
    const session = await newSession(app)
    t.equal((await end(session.access_token)).status, 204, name)
    await isOver(t, app, [session.refresh_token], session.access_token)
  }
  const thief = await newSession(app)
  const { body: owner } = await app.call('POST', '/auth/login', { body: { email: thief.email, password: PASSWORD } })
  const change = { current_password: PASSWORD, new_password: 'quite another pass phrase' }
  t.equal((await app.call('POST', '/auth/password', { token: owner.access_token, body: change })).status, 204)
  await isOver(t, app, [thief.refresh_token], thief.access_token)
  t.equal((await refresh(owner.refresh_token)).status, 200, 'who changed it stays in')
})

attack('A18', 'tokens that are changed in any part, of other users and sessions, and far generations', async (t) => {
  const { refresh_token } = await newSession(app)
  const bytes = Buffer.from(refresh_token.slice(4), 'base64url')
  const changed = Array.from(bytes, (_, at) => {
    const copy = Buffer.from(bytes)
    copy[at] = (copy[at] ?? 0) ^ (1 << (at % 8))
    return `tfr_${copy.toString('base64url')}`
  })
  const others = ['', 'tfr_', refresh_token.slice(4), `TFR_${refresh_token.slice(4)}`, ` ${refresh_token}`]
  const longer = [`${refresh_token}=`, `${refresh_token}A`, `${refresh_token}\n`, refresh_token.repeat(2)]
  for (const token of [...changed, ...others, ...longer]) {
    isProblem(t, await refresh(token), { status: 401, code: 'invalid_refresh_token' })
  }
  t.equal((await refresh(refresh_token)).status, 200, 'the session is none the worse for it')
})

attack('A18', 'replay after a restart, and after another instance has seen the reuse', async (t) => {
  const first = await newSession(app)
  const second = (await refresh(first.refresh_token)).body
  const third = (await refresh(second.refresh_token)).body
  const ended = await newSession(app)
  await app.call('POST', '/auth/logout', { body: { refresh_token: ended.refresh_token } })
  const again = await startAgain(t, app)
  isProblem(t, await refreshAt(again, first.refresh_token), { status: 401, code: 'refresh_token_reused' })
  await isOver(t, again, [third.refresh_token, first.refresh_token], third.access_token)
  await isOver(t, again, [ended.refresh_token], ended.access_token)
  for (const { refresh_token } of [first, second, third]) {
    isProblem(t, await refresh(refresh_token), { status: 401, code: 'invalid_refresh_token' })
  }
})

attack(
  'A18',
  'replay after Redis has lost everything: the sessions are gone, none comes back',
  async (t) => {
    const kept = await newSession(app)
    const ended = await newSession(app)
    await app.call('POST', '/auth/logout', { token: ended.access_token })
    const redis = new Redis(String(app.env.REDIS_URL))
    await redis.flushdb()
    redis.disconnect()
    for (const { refresh_token } of [kept, ended]) {
      isProblem(t, await refresh(refresh_token), { status: 401, code: 'invalid_refresh_token' })
    }
    isInvalidToken(t, await app.call('GET', '/auth/me', { token: ended.access_token }), 'what was revoked stays so')
    t.equal((await app.call('GET', '/auth/me', { token: kept.access_token })).status, 200)
    t.equal((await newSession(app)).expires_in > 0, true, 'and everybody can log in again')
  },
  { outage: true },
)
