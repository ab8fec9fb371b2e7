import { decodeJwt, decodeProtectedHeader } from 'jose'
import t from 'tap'
import { ADMIN_KEY, newSession, PASSWORD } from '../fixtures/app.ts'
import { isInvalidToken, isProblem } from '../routes/expect.ts'
import { startWorld } from '../routes/world.ts'
import { encode, forge } from './forge.ts'
import { attacksOn, startTarget } from './target.ts'

// What two readers of one JSON text may read differently: one takes the first member of a name, the other the last.
const world = await startWorld(t)
const app = await startTarget(t, world, { SIGNING_ALG: 'RS256' })
const attack = attacksOn(t, app)
const victim = await newSession(app)
const { email, access_token: token, refresh_token } = victim

attack('A11', 'a member twice in the body of every route, also escaped and with the same value', async (t) => {
  const admin = { authorization: `Bearer ${ADMIN_KEY}` }
  const bearer = { authorization: `Bearer ${token}` }
  const twice: [path: string, text: string, headers?: Record<string, string>][] = [
    ['/auth/login', `{"email":"${email}","email":"eve@example.com","password":"${PASSWORD}"}`],
    ['/auth/login', `{"email":"eve@example.com","password":"${PASSWORD}","email":"${email}"}`],
    ['/auth/login', `{"email":"${email}","password":"${PASSWORD}","\\u0065mail":"${email}"}`],
    ['/auth/register', `{"email":"new@example.com","password":"${PASSWORD}","password":"${PASSWORD}"}`],
    ['/auth/refresh', `{"refresh_token":"x","refresh_token":"${refresh_token}"}`],
    ['/auth/verify', `{"token":"${token}","token":"${token}"}`],
    ['/auth/logout', `{"refresh_token":"${refresh_token}" , "refresh_token" : "${refresh_token}"}`],
    ['/auth/password', `{"current_password":"x","current_password":"${PASSWORD}","new_password":"x"}`, bearer],
    ['/admin/keys/revoke-all', '{"reason":"a test","sessions":false,"sessions":true}', admin],
  ]
  for (const [path, body, headers = {}] of twice) {
    const answer = await app.call('POST', path, { body, headers })
    const [field = ''] = Object.keys(JSON.parse(body)).filter(
      (name) => body.replace('\\u0065', 'e').split(`"${name}"`).length > 2,
    )
    isProblem(t, answer, { status: 400, code: 'invalid_request', field }, body.slice(0, 60))
    t.match(answer.body.detail, /more than once/)
  }
  t.equal((await app.call('GET', '/auth/me', { token })).status, 200, 'nothing was done')
  const odd = JSON.stringify({ email, password: '{"email":1,"email":2}' })
  t.equal((await app.call('POST', '/auth/login', { body: odd })).status, 401, 'what only looks like it is a password')
})

attack('A11', 'a member twice in the header and the claims of a token: the last one counts everywhere', async (t) => {
  const { privatePem } = app.app.keyRing.signingKey()
  const header = decodeProtectedHeader(token)
  const claims = decodeJwt(token)
  const first = (text: string, member: string) => text.replace('{', `{${member},`)
  const good = forge(header, first(JSON.stringify(claims), '"sub":"somebody else","exp":1'), privatePem)
  t.equal((await app.call('GET', '/auth/me', { token: good })).body.sub, victim.userId)
  t.equal((await app.call('GET', '/auth/verify', { token: good })).headers.get('x-auth-subject'), victim.userId)
  t.equal((await app.call('POST', '/auth/verify', { body: { token: good } })).body.sub, victim.userId)
  t.equal(decodeJwt(good).sub, victim.userId, 'also for jose')
  const expired = JSON.stringify(claims).replace('}', ',"exp":1}')
  isInvalidToken(t, await app.call('GET', '/auth/me', { token: forge(header, expired, privatePem) }), 'exp last')
  const [, payload, signature] = token.split('.')
  const heads = [first(JSON.stringify(header), '"alg":"none"'), JSON.stringify(header).replace('}', ',"alg":"none"}')]
  for (const head of heads) {
    for (const sig of [signature, '']) {
      isInvalidToken(t, await app.call('GET', '/auth/me', { token: `${encode(head)}.${payload}.${sig}` }), head)
    }
  }
})
