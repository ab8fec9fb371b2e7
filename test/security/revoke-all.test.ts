import { Redis } from 'ioredis'
import t from 'tap'
import { ADMIN_KEY, newSession } from '../fixtures/app.ts'
import { isInvalidToken, isProblem } from '../routes/expect.ts'
import { startWorld } from '../routes/world.ts'
import { attacksOn, startAgain, startTarget, type Target } from './target.ts'

// What was stolen before "Revoke All" is worth nothing after it, whatever else happens to the stores and the server.
const app = await startTarget(t, await startWorld(t))
const attack = attacksOn(t, app)
const headers = { authorization: `Bearer ${ADMIN_KEY}` }
const revokeAll = (sessions: boolean) =>
  app.call('POST', '/admin/keys/revoke-all', { headers, body: { reason: 'a key has leaked', sessions } })

type Session = Awaited<ReturnType<typeof newSession>>
const refreshAt = ({ call }: Target, { refresh_token }: Session) =>
  call('POST', '/auth/refresh', { body: { refresh_token } })

const stolen: { access: string[]; refresh: Session[] } = { access: [], refresh: [] }

attack('A20', 'access tokens of the active, the next and the retired key, at once, and refresh tokens', async (t) => {
  const first = await newSession(app)
  await app.call('POST', '/admin/keys/rotate', { headers })
  const second = await newSession(app)
  stolen.access.push(first.access_token, second.access_token)
  t.equal((await revokeAll(false)).status, 200)
  for (const token of stolen.access) isInvalidToken(t, await app.call('GET', '/auth/me', { token }), 'an old one')
  const third = await newSession(app)
  stolen.access.push(third.access_token)
  stolen.refresh.push(first, second, third)
  t.equal((await revokeAll(true)).status, 200)
  t.equal((await revokeAll(false)).status, 200, 'a later one that asks for less takes nothing back')
  for (const token of stolen.access) isInvalidToken(t, await app.call('GET', '/auth/me', { token }), 'an old one')
  for (const session of stolen.refresh) {
    isProblem(t, await refreshAt(app, session), { status: 401, code: 'invalid_refresh_token' })
  }
})

attack('A20', 'the same after a restart', async (t) => {
  const again = await startAgain(t, app)
  for (const token of stolen.access) isInvalidToken(t, await again.call('GET', '/auth/me', { token }), 'an old one')
  for (const session of stolen.refresh) {
    isProblem(t, await refreshAt(again, session), { status: 401, code: 'invalid_refresh_token' })
  }
})

attack(
  'A20',
  'the same after a restart with an empty Redis, and with the ring of before put back into it',
  async (t) => {
    const redis = new Redis(String(app.env.REDIS_URL))
    t.teardown(() => redis.disconnect())
    const [ring = ''] = (await redis.keys('tokenforge:*')).filter((key) => /ring/.test(key))
    const old = await redis.dumpBuffer(ring)
    t.equal((await revokeAll(false)).status, 200)
    for (const stale of [null, old]) {
      await redis.flushdb()
      if (stale !== null) await redis.restore(ring, 0, stale)
      const again = await startAgain(t, app)
      for (const token of stolen.access) isInvalidToken(t, await again.call('GET', '/auth/me', { token }), 'an old one')
      for (const session of stolen.refresh) {
        isProblem(t, await refreshAt(again, session), { status: 401, code: 'invalid_refresh_token' })
      }
      const fresh = await newSession(again)
      t.equal((await app.call('GET', '/auth/me', { token: fresh.access_token })).status, 200, 'a new one is good')
    }
  },
  { outage: true },
)
