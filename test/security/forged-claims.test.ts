import { decodeJwt, decodeProtectedHeader } from 'jose'
import t, { type Test } from 'tap'
import { newSession } from '../fixtures/app.ts'
import { isInvalidToken } from '../routes/expect.ts'
import { startWorld } from '../routes/world.ts'
import { forge } from './forge.ts'
import { attacksOn, startTarget } from './target.ts'

// Tokens with a perfect signature of the key in the ring, and something wrong in them.
const world = await startWorld(t)
const app = await startTarget(t, world, { SIGNING_ALG: 'RS256' })
const attack = attacksOn(t, app)
const { call, env } = app
const { access_token: token } = await newSession({ call })
const header = decodeProtectedHeader(token)
const claims = decodeJwt(token)
const { privatePem } = app.app.keyRing.signingKey()
const now = Math.floor(Date.now() / 1000)

const withClaims = (more: object) => forge(header, { ...claims, ...more }, privatePem)
const withHeader = (more: object) => forge({ ...header, ...more }, claims, privatePem)
const show = (value: unknown) => (value === undefined ? 'none' : JSON.stringify(value).slice(0, 60))

async function areRefused(t: Test, tokens: [name: string, token: string][]): Promise<void> {
  for (const [name, token] of tokens) {
    isInvalidToken(t, await call('POST', '/auth/verify', { body: { token } }), `${name}: body`)
    isInvalidToken(t, await call('POST', '/auth/verify', { token }), `${name}: POST`)
    isInvalidToken(t, await call('GET', '/auth/verify', { token }), `${name}: GET`)
    isInvalidToken(t, await call('GET', '/auth/me', { token }), `${name}: me`)
  }
  t.equal((await call('GET', '/auth/me', { token: withClaims({}) })).status, 200, 'nothing else is wrong')
}

attack('A7', 'a token signed by our key of another type is no access token', async (t) => {
  const types = [undefined, null, '', 'JWT', 'jwt', 'rt+jwt', 'at+jwt ', 'id_token+jwt', 'at+jwtx', 5, ['at+jwt']]
  await areRefused(
    t,
    types.map((typ) => [`typ ${show(typ)}`, withHeader({ typ })]),
  )
})

attack('A9', 'crit known and unknown, empty, no array, b64 false', async (t) => {
  const headers = [
    { crit: ['exp'] },
    { crit: ['foo'], foo: 1 },
    { crit: ['b64'], b64: false },
    { crit: [] },
    { crit: 'kid' },
  ]
  await areRefused(
    t,
    headers.map((more) => [show(more), withHeader(more)]),
  )
})

attack('A6', 'issuers and audiences missing, foreign, empty, nested, in other forms', async (t) => {
  const issuers = [undefined, null, '', 'https://elsewhere.example', `${env.ISSUER}/`, [env.ISSUER], 5]
  const audiences = [
    undefined,
    null,
    '',
    'https://elsewhere.example',
    [],
    ['https://elsewhere.example'],
    [[env.AUDIENCE]],
    5,
    {},
  ]
  await areRefused(t, [
    ...issuers.map((iss): [string, string] => [`iss ${show(iss)}`, withClaims({ iss })]),
    ...audiences.map((aud): [string, string] => [`aud ${show(aud)}`, withClaims({ aud })]),
  ])
})

attack('A5', 'each other claim missing and of another type', async (t) => {
  const wrong = {
    sub: [undefined, null, '', 5, ['a']],
    sid: [undefined, null, '', 5],
    jti: [undefined, '', 5],
    client_id: [undefined, 5],
    email: [undefined, null, 5],
    roles: [undefined, null, 'admin', [5], { 0: 'admin' }],
    auth_time: [undefined, '1', -1, 1.5],
  }
  const tokens = Object.entries(wrong).flatMap(([name, values]) =>
    values.map((value): [string, string] => [`${name} ${show(value)}`, withClaims({ [name]: value })]),
  )
  await areRefused(t, tokens)
})

attack('A5', 'exp, iat and nbf missing, past, future, negative, fractions, texts, 1e308', async (t) => {
  const wrong = {
    exp: [undefined, null, now - 1, now, 0, -1, now + 900.5, `${now + 900}`, 1e308, [now + 900], true],
    iat: [undefined, null, now + 3600, `${now}`, now - 0.5, -1, 1e308],
    nbf: [null, now + 3600, `${now}`, 1e308, [now]],
  }
  const tokens = Object.entries(wrong).flatMap(([name, values]) =>
    values.map((value): [string, string] => [`${name} ${show(value)}`, withClaims({ [name]: value })]),
  )
  await areRefused(t, tokens)
  t.equal(
    (await call('GET', '/auth/me', { token: withClaims({ nbf: now - 1 }) })).status,
    200,
    'a past nbf is no fault',
  )
})

attack('A5', 'a payload that is an array, null, a number, a text, or no JSON', async (t) => {
  const payloads = [
    '[]',
    JSON.stringify([claims]),
    'null',
    'true',
    '5',
    '"text"',
    '{}',
    '',
    '{',
    '\u0000',
    JSON.stringify(JSON.stringify(claims)),
  ]
  const tokens = payloads.map((payload): [string, string] => [
    `payload ${payload.slice(0, 30)}`,
    forge(header, payload, privatePem),
  ])
  await areRefused(t, tokens)
})

attack('A5', 'a header that is no object', async (t) => {
  const tokens = ['[]', 'null', '5', '"RS256"', '{', '{}'].map((header): [string, string] => {
    const [, payload, signature] = token.split('.')
    return [`header ${header}`, `${Buffer.from(header).toString('base64url')}.${payload}.${signature}`]
  })
  await areRefused(t, tokens)
})

attack('A12', 'a token over 8 KiB, however good', async (t) => {
  const roles = (length: number) => withClaims({ roles: ['r'.repeat(length)] })
  const base = roles(0).length
  const fitting = roles(Math.floor(((8192 - base) * 3) / 4) - 3)
  const tooLong = roles(Math.ceil(((8192 - base) * 3) / 4) + 3)
  t.ok(fitting.length <= 8192 && fitting.length > 8180 && tooLong.length > 8192 && tooLong.length < 8204)
  t.equal((await call('POST', '/auth/verify', { body: { token: fitting } })).status, 200)
  t.equal((await call('GET', '/auth/me', { token: fitting })).status, 200)
  await areRefused(t, [['too long', tooLong]])
  isInvalidToken(t, await call('POST', '/auth/verify', { body: { token: 'a.'.repeat(7_000) } }), 'long garbage')
})
