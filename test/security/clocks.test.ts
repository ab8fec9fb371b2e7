import t from 'tap'
import { systemClock } from '../../lib/clock.ts'
import { newSession, until } from '../fixtures/app.ts'
import { isInvalidToken, isProblem } from '../routes/expect.ts'
import { startWorld } from '../routes/world.ts'
import { attacksOn, startAgain, startTarget } from './target.ts'

// The wall clock of one server jumps: nobody gets in by it, and nobody is thrown out for good.
const HOUR = 3_600_000
let offset = 0
const clock = { ...systemClock, now: () => Date.now() + offset }
const app = await startTarget(t, await startWorld(t), {}, { clock })
const right = await startAgain(t, app)
const attack = attacksOn(t, app)
const me = (token: string) => app.call('GET', '/auth/me', { token })
const refresh = (refresh_token: string) => app.call('POST', '/auth/refresh', { body: { refresh_token } })
t.afterEach(() => {
  offset = 0
})

attack('A39', 'tokens from the future are refused, where the clock is right and where it was set back', async (t) => {
  offset = HOUR
  const { access_token: token } = await newSession(app)
  t.equal((await me(token)).status, 200)
  isInvalidToken(t, await right.call('GET', '/auth/me', { token }), 'on a server whose clock is right')
  offset = 0
  isInvalidToken(t, await me(token), 'set back')
})

attack('A39', 'an hour ahead: old tokens have expired, and their sessions go on', async (t) => {
  const { access_token: token, refresh_token } = await newSession(app)
  offset = HOUR
  isInvalidToken(t, await me(token), 'expired')
  const { status, body } = await refresh(refresh_token)
  t.equal(status, 200)
  t.equal((await me(body.access_token)).status, 200)
  offset = -HOUR
  t.equal((await refresh(body.refresh_token)).status, 200, 'and an hour back')
})

attack('A39', 'a jump does not make a spent refresh token good, nor end the grace of an honest client', async (t) => {
  const first = await newSession(app)
  const second = (await refresh(first.refresh_token)).body
  offset = HOUR
  t.equal((await refresh(first.refresh_token)).body.refresh_token, second.refresh_token, 'within the grace of Redis')
  offset = 0
  const third = (await refresh(second.refresh_token)).body
  offset = -HOUR
  isProblem(t, await refresh(first.refresh_token), { status: 401, code: 'refresh_token_reused' })
  isProblem(t, await refresh(third.refresh_token), { status: 401, code: 'invalid_refresh_token' })
})

attack('A39', 'a logout on a server whose clock is an hour behind holds on all others', async (t) => {
  const { access_token: token, refresh_token } = await newSession(right)
  offset = -HOUR
  t.equal((await app.call('POST', '/auth/logout', { body: { refresh_token } })).status, 204)
  const refused = await until(async () => {
    const answer = await right.call('GET', '/auth/me', { token })
    return answer.status === 200 ? undefined : answer
  })
  isProblem(t, refused, { status: 401, code: 'invalid_token' })
})

attack('A39', 'no revoked token comes back when the clock has been ahead for a while', async (t) => {
  const { access_token: token, refresh_token } = await newSession(app)
  t.equal((await app.call('POST', '/auth/logout', { token })).status, 204)
  offset = HOUR
  // Something else is revoked meanwhile, and looked at: what is over is forgotten then.
  const other = await newSession(app)
  t.equal((await app.call('POST', '/auth/logout', { token: other.access_token })).status, 204)
  await until(async () => {
    const { events } = (await app.call('GET', '/auth/revocations')).body
    return events.some(({ session_id }: { session_id?: string }) => session_id === other.session_id)
  })
  offset = 0
  isInvalidToken(t, await me(token), 'of the session that was revoked before')
  isProblem(t, await refresh(refresh_token), { status: 401, code: 'invalid_refresh_token' })
  const after = await startAgain(t, app)
  isInvalidToken(t, await after.call('GET', '/auth/me', { token }), 'after a restart')
})
