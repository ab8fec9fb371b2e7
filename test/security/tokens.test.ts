import { decodeJwt } from 'jose'
import t from 'tap'
import { ADMIN_KEY, newSession, until } from '../fixtures/app.ts'
import { isInvalidToken, isProblem } from '../routes/expect.ts'
import { startOwnWorld } from '../routes/world.ts'
import { encode, forge, withLowBits } from './forge.ts'
import { attacksOn, startTarget } from './target.ts'

// Real tokens in the wrong place, in another form, or after their time.
const world = await startOwnWorld(t)
const app = await startTarget(t, world, { SIGNING_ALG: 'RS256' })
const attack = attacksOn(t, app)
const { call } = app

attack(
  'A7',
  'a refresh token and the admin key as access token; an access token as refresh token and as admin key',
  async (t) => {
    const { access_token: token, refresh_token } = await newSession(app)
    const { ADMIN_API_KEY = '' } = app.env
    for (const other of [refresh_token, ADMIN_API_KEY]) {
      isInvalidToken(t, await call('POST', '/auth/verify', { body: { token: other } }), 'POST /auth/verify')
      isInvalidToken(t, await call('GET', '/auth/verify', { token: other }), 'GET /auth/verify')
      isInvalidToken(t, await call('GET', '/auth/me', { token: other }), 'GET /auth/me')
      isInvalidToken(t, await call('POST', '/auth/logout', { token: other }), 'POST /auth/logout')
    }
    for (const path of ['/auth/refresh', '/auth/logout']) {
      const answer = await call('POST', path, { body: { refresh_token: token } })
      isProblem(t, answer, { status: 401, code: 'invalid_refresh_token' }, path)
    }
    isProblem(t, await call('GET', '/admin/keys', { token }), { status: 401, code: 'admin_required' })
    t.equal((await call('GET', '/auth/me', { token })).status, 200, 'in its own place it is good')
  },
)

attack('A7', 'a token in the query or a cookie', async (t) => {
  const { access_token: token } = await newSession(app)
  for (const path of [`/auth/me?access_token=${token}`, `/auth/verify?token=${token}`]) {
    isInvalidToken(t, await call('GET', path), path.slice(0, 20), { presented: false })
  }
  const cookie = { cookie: `access_token=${token}; token=${token}` }
  isInvalidToken(t, await call('GET', '/auth/me', { headers: cookie }), 'a cookie', { presented: false })
})

attack('A8', 'other spellings of a token after its logout', async (t) => {
  const { access_token: token } = await newSession(app)
  t.equal((await call('POST', '/auth/logout', { token })).status, 204)
  const spellings = [token, withLowBits(token), `${token}=`, `${token}==`, ` ${token}`, `${token}\n`, `${token} `]
  for (const text of spellings) isInvalidToken(t, await call('POST', '/auth/verify', { body: { token: text } }), 'body')
  for (const text of [token, withLowBits(token), `${token}=`, ` ${token} `]) {
    isInvalidToken(t, await call('GET', '/auth/me', { headers: { authorization: `Bearer ${text}` } }), 'header')
  }
})

attack(
  'A10',
  '100 verifications of known tokens by turns with others that share two of their three parts or all their bytes',
  async (t) => {
    const [one, other] = [await newSession(app), await newSession(app)]
    const [head, payload, signature] = one.access_token.split('.')
    const [, otherPayload, otherSignature] = other.access_token.split('.')
    const bad = [
      `${head}.${otherPayload}.${signature}`,
      `${head}.${payload}.${otherSignature}`,
      `${encode({ alg: 'none' })}.${payload}.${signature}`,
      withLowBits(one.access_token),
    ]
    for (let i = 0; i < 25; i += 1) {
      for (const { access_token: token, userId } of [one, other]) {
        t.equal((await call('GET', '/auth/me', { token })).body.sub, userId)
      }
      isInvalidToken(t, await call('GET', '/auth/me', { token: bad[i % 4] ?? '' }), 'a mixture')
      isInvalidToken(t, await call('POST', '/auth/verify', { body: { token: bad[(i + 1) % 4] } }), 'a mixture')
    }
  },
)

attack('A6', 'a user who is gone, or whom an admin has disabled: login, refresh, access token, password', async (t) => {
  const [gone, disabled] = [await newSession(app), await newSession(app)]
  await app.sql('DELETE FROM users WHERE id = $1', [gone.userId])
  const password = 'correct horse battery staple'
  const change = { current_password: password, new_password: 'quite another pass phrase' }
  const refused = await call('POST', '/auth/password', { token: gone.access_token, body: change })
  isProblem(t, refused, { status: 401, code: 'invalid_credentials' })
  const login = (email: string) => call('POST', '/auth/login', { body: { email, password } })
  isProblem(t, await login(gone.email), { status: 401, code: 'invalid_credentials' })
  const disable = await call('POST', `/admin/users/${disabled.userId}/disable`, { token: ADMIN_KEY })
  t.equal(disable.status, 200)
  isProblem(t, await login(disabled.email), { status: 403, code: 'account_disabled' })
  const refreshed = await call('POST', '/auth/refresh', { body: { refresh_token: disabled.refresh_token } })
  isProblem(t, refreshed, { status: 401, code: 'invalid_refresh_token' })
  isInvalidToken(t, await call('GET', '/auth/me', { token: disabled.access_token }), 'of a disabled user')
  const changed = await call('POST', '/auth/password', { token: disabled.access_token, body: change })
  isInvalidToken(t, changed, 'no new password either')
})

attack(
  'A3',
  'with both stores gone an impossible key id is still a verdict: it is looked up nowhere',
  async (t) => {
    const { access_token: token } = await newSession(app)
    const { privatePem } = app.app.keyRing.signingKey()
    await Promise.all([world.postgres.stop(), world.redis.stop()])
    await until(async () => (await call('GET', '/health/ready')).body.status === 'degraded')
    const kids = ['../../etc/passwd', "' OR 1=1 --", 'a\r\nSET x', 'k'.repeat(3000), '__proto__', ['a'], 5, null, '']
    for (const kid of kids) {
      const forged = forge({ alg: 'RS256', typ: 'at+jwt', kid }, decodeJwt(token), privatePem)
      isInvalidToken(t, await call('GET', '/auth/me', { token: forged }), JSON.stringify(kid).slice(0, 30))
    }
    t.equal((await call('GET', '/auth/me', { token })).status, 200)
  },
  { outage: true },
)
