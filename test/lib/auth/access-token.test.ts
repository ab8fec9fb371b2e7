import t from 'tap'
import { areClaims, isInTime, looksLikeAccessToken, makeClaims } from '../../../lib/auth/access-token.ts'
import { newId } from '../../../lib/auth/ids.ts'

const NOW = Date.UTC(2026, 0, 1, 0, 0, 0, 999)
const iat = Math.floor(NOW / 1000)
const settings = { issuer: 'https://auth.example.com', audiences: ['api'], accessTokenTtl: 900_000 }
const subject = {
  userId: newId(NOW),
  sessionId: newId(NOW),
  email: 'kim@example.com',
  roles: ['admin'],
  authTime: NOW - 60_500,
}
const claims = makeClaims(subject, settings, NOW, 0)
const areValidClaims = (value: unknown, nowMs: number) => areClaims(value) && isInTime(value, nowMs)

t.test('the claims of RFC 9068', async (t) => {
  t.match(claims.jti, /^[0-9a-f-]{36}$/)
  const { jti, ...rest } = claims
  t.strictSame(rest, {
    iss: settings.issuer,
    aud: 'api',
    sub: subject.userId,
    client_id: 'tokenforge',
    iat,
    exp: iat + 900,
    sid: subject.sessionId,
    email: subject.email,
    roles: ['admin'],
    auth_time: Math.floor(subject.authTime / 1000),
  })
  t.not(makeClaims(subject, settings, NOW, 0).jti, jti)
  t.ok(areValidClaims(claims, NOW))
})

t.test('one audience is a string, several are an array', async (t) => {
  t.equal(makeClaims(subject, settings, NOW, 0).aud, 'api')
  t.strictSame(makeClaims(subject, { ...settings, audiences: ['a', 'b'] }, NOW, 0).aud, ['a', 'b'])
})

t.test('a life is shortened by 0 to 5 %', async (t) => {
  const life = (random: number, accessTokenTtl = 900_000) =>
    makeClaims(subject, { ...settings, accessTokenTtl }, NOW, random).exp - iat
  t.equal(life(0), 900)
  t.equal(life(0.5), 877)
  t.equal(life(0.999999), 855)
  t.equal(life(0.999999, 1000), 1, 'but is a second at least')
  const lives = new Set(Array.from({ length: 100 }, (_, i) => life(i / 100)))
  t.ok(lives.size > 40, 'a mass login does not become a mass refresh')
})

t.test('claims that no signature makes right', async (t) => {
  const table: [why: string, claims: unknown][] = [
    ...Object.keys(claims).map((name): [string, unknown] => {
      const { [name as keyof typeof claims]: _, ...rest } = claims
      return [`no ${name}`, rest]
    }),
    ...['iat', 'exp', 'auth_time'].flatMap((name) =>
      [`${iat + 900}`, iat + 0.5, -1, null, true, [iat], {}, 1e308, Number.POSITIVE_INFINITY, Number.NaN, 2 ** 53].map(
        (value): [string, unknown] => [`${name} ${JSON.stringify(value)}`, { ...claims, [name]: value }],
      ),
    ),
    ...['iss', 'sub', 'client_id', 'jti', 'sid', 'email'].flatMap((name) =>
      [1, null, ['x'], {}].map((value): [string, unknown] => [`${name} ${value}`, { ...claims, [name]: value }]),
    ),
    ...['sub', 'jti', 'sid'].map((name): [string, unknown] => [`${name} empty`, { ...claims, [name]: '' }]),
    ['aud empty', { ...claims, aud: [] }],
    ['aud mixed', { ...claims, aud: ['api', 1] }],
    ['roles a string', { ...claims, roles: 'admin' }],
    ['roles mixed', { ...claims, roles: ['admin', 1] }],
    ['an array', [claims]],
    ['an array with the members', Object.assign([], claims)],
    ['null', null],
    ['a string', JSON.stringify(claims)],
    ['a number', 1],
    ['undefined', undefined],
  ]
  for (const [why, value] of table) t.equal(areValidClaims(value, NOW), false, why)
})

t.test('a token is good from its iat, less a little skew, until its exp', async (t) => {
  const at = (seconds: number) => areValidClaims(claims, (iat + seconds) * 1000)
  t.equal(at(0), true)
  t.equal(at(899.999), true)
  t.equal(at(900), false)
  t.equal(at(901), false)
  t.equal(at(-5), true, 'the clock of the instance that made it may be 5 s ahead')
  t.equal(at(-5.001), false)
  t.equal(at(-3600), false)
})

t.test('nbf, when there is one', async (t) => {
  const table: [nbf: unknown, valid: boolean][] = [
    [iat, true],
    [0, true],
    [iat + 5, true],
    [iat + 5.5, true],
    [iat + 7, false],
    [iat + 3600, false],
    [1e308, false],
    [`${iat}`, false],
    [null, false],
    [[iat], false],
  ]
  for (const [nbf, valid] of table) t.equal(areValidClaims({ ...claims, nbf }, NOW), valid, JSON.stringify(nbf))
})

t.test('claims that we do not know do not matter', async (t) => {
  t.equal(areValidClaims({ ...claims, scope: 'x', __proto__: null }, NOW), true)
  t.equal(areValidClaims({ ...claims, aud: ['api', 'other'] }, NOW), true)
})

t.test('the form of a token is looked at before anything is decoded', async (t) => {
  const text = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.AQID'
  t.equal(looksLikeAccessToken(text), true)
  for (const [why, other] of Object.entries({
    'padding at the end': `${text}=`,
    'padding inside': text.replace('.AQ', '=.AQ'),
    'a space before': ` ${text}`,
    'a space after': `${text} `,
    'a newline after': `${text}\n`,
    'a newline inside': text.replace('.', '.\n'),
    'standard base64': text.replace('AQID', 'A+/D'),
    'two parts': text.slice(0, text.lastIndexOf('.')),
    'four parts': `${text}.AQID`,
    'five parts, a JWE': `${text}.AQID.AQID`,
    'no signature': text.slice(0, text.lastIndexOf('.') + 1),
    'no payload': text.replace(/\.[^.]+\./, '..'),
    'no header': text.slice(text.indexOf('.')),
    nothing: '',
    'a letter of another script': text.replace('AQID', 'АQID'),
    'a signature of an impossible length': text.replace('AQID', 'AQIDA'),
    'a refresh token': `tfr_${'A'.repeat(96)}`,
  })) {
    t.equal(looksLikeAccessToken(other), false, why)
  }
})

t.test('a signature has one spelling: its unused low bits are zero', async (t) => {
  const spelled = (signature: string) => looksLikeAccessToken(`e30.e30.${signature}`)
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  t.strictSame(
    [...alphabet].filter((letter) => spelled(`AQID${letter.padStart(2, 'A')}`)),
    ['A', 'Q', 'g', 'w'],
  )
  t.equal([...alphabet].filter((letter) => spelled(`AQID${letter.padStart(3, 'A')}`)).length, 16)
  t.equal([...alphabet].filter((letter) => spelled(`AQI${letter}`)).length, 64)
})

t.test('8 KiB is the most', async (t) => {
  const token = (length: number) => `e30.${'A'.repeat(length - 9)}.AAAA`
  t.equal(token(8192).length, 8192)
  t.equal(looksLikeAccessToken(token(8192)), true)
  t.equal(looksLikeAccessToken(token(8193)), false)
  t.equal(looksLikeAccessToken(token(1_000_000)), false)
})
