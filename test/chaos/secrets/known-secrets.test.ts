import { randomBytes } from 'node:crypto'
import t from 'tap'
import { KnownSecrets } from '../../../chaos/secrets/known-secrets.ts'
import { noteReceived, noteSent } from '../../../chaos/secrets/on-the-wire.ts'

const base64url = (bytes: number) => randomBytes(bytes).toString('base64url')
const ACCESS = `eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIwMTIzIn0.${base64url(64)}`
const REFRESH = `tfr_${base64url(72)}`
const signature = ACCESS.split('.')[2] ?? ''

function known(): KnownSecrets {
  const secrets = new KnownSecrets({ 'the admin key': 'x7/=admin', 'the pepper': '' })
  noteSent(
    {
      method: 'POST',
      path: '/auth/login',
      headers: { authorization: `Bearer ${ACCESS}` },
      body: '{"email":"user.00112233aabbccdd@example.com","password":"quiet herons a1b2c3d4e5f6"}',
    },
    secrets,
  )
  noteSent({ method: 'GET', path: '/', headers: { authorization: 'Basic YWJjZGVmZ2hpajEyMzQ1' } }, secrets)
  noteReceived(`{"access_token":"${ACCESS}","refresh_token":"${REFRESH}","expires_in":900}`, secrets)
  return secrets
}

t.test('each secret is found, wherever in a line and however much of it', async (t) => {
  const secrets = known()
  t.equal(secrets.size, 5, 'email, password, access token, refresh token, admin key')
  const lines: readonly (readonly [found: string, line: string])[] = [
    ['an email', '{"msg":"no such user user.00112233aabbccdd@example.com"}'],
    ['an email', '{"url":"/?email=user.00112233aabbccdd%40example.com"}'],
    ['a password', '{"body":"{\\"password\\":\\"quiet herons a1b2c3d4e5f6\\"}"}'],
    ['a password', '{"url":"/?password=quiet%20herons%20a1b2c3d4e5f6"}'],
    ['a JWT with its signature', `{"authorization":"Bearer ${ACCESS}"}`],
    ['a JWT with its signature', `{"token":"${ACCESS.slice(0, -60)}`],
    ['an access token', `{"signature":"${signature}"}`],
    ['an access token', `{"signature":"${signature.slice(20)}"}`],
    ['a refresh token', `{"body":"${REFRESH}"}`],
    ['a refresh token', `{"mac":"${REFRESH.slice(-43)}"}`],
    ['the admin key', '{"authorization":"Bearer x7/=admin"}'],
    ['the admin key', '{"url":"/?key=x7%2F%3Dadmin"}'],
    ['a JWT with its signature', `a token of somebody else: eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.${base64url(64)}`],
    ['a refresh token', `of somebody else: tfr_${base64url(72)}`],
    ['a private key', '-----BEGIN PRIVATE KEY-----'],
  ]
  for (const [found, line] of lines) t.equal(secrets.findIn(line), found, line)
})

t.test('what a log may hold is not taken for a secret', async (t) => {
  const secrets = known()
  secrets.add('a password', 'not the password')
  secrets.add('a password', 'wrong 4711')
  t.equal(secrets.size, 5, 'what everybody may know is no secret')
  const id = '0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b'
  const line = `{"level":30,"request_id":"${id}","route":"/auth/login","user_id":"${id}","reason":"not the password"}`
  t.equal(secrets.findIn(line), undefined)
  t.equal(secrets.findIn('eyJhbGciOiJub25lIn0 tfr_ wrong 4711'), undefined)
})

t.test('of too many the oldest are forgotten, and a token is still known by its shape', async (t) => {
  const secrets = new KnownSecrets({}, 10)
  const all = Array.from({ length: 25 }, (_, i) => `password-${randomBytes(8).toString('hex')}${i}`)
  for (const one of all) secrets.add('a password', one)
  t.equal(secrets.size, 10)
  t.equal(secrets.findIn(all[0] ?? ''), undefined)
  t.equal(secrets.findIn(all.at(-1) ?? ''), 'a password')
  t.equal(secrets.findIn(REFRESH), 'a refresh token')
})

t.test('100,000 lines are searched for 50,000 secrets in seconds', async (t) => {
  const secrets = known()
  for (let i = 0; i < 25_000; i += 1) {
    secrets.add('an access token', base64url(64))
    secrets.add('a password', `quiet herons ${randomBytes(6).toString('hex')}`)
  }
  const line = (i: number) =>
    `{"level":30,"time":${1e12 + i},"pid":4711,"request_id":"0190a1b2-c3d4-7e5f-8a6b-${i}","method":"POST","route":"/auth/refresh","status":200,"ip":"127.0.0.1","user_id":"0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b","session_id":"0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2c","duration_ms":1.2,"msg":"POST /auth/refresh 200"}`
  const begin = performance.now()
  for (let i = 0; i < 100_000; i += 1) if (secrets.findIn(line(i)) !== undefined) t.fail(line(i))
  const ms = Math.round(performance.now() - begin)
  t.ok(ms < 30_000, `${ms} ms`)
})
