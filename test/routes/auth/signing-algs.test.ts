import { calculateJwkThumbprint, createRemoteJWKSet, decodeProtectedHeader, type JWK, jwtVerify } from 'jose'
import t from 'tap'
import { newSession, until } from '../../fixtures/app.ts'
import { withLowBits } from '../../security/forge.ts'
import { isInvalidToken, UUID_V7 } from '../expect.ts'
import { startWhole, startWorld } from '../world.ts'

const world = await startWorld(t)
const algs = {
  RS256: { kty: 'RSA', members: ['n', 'e'] },
  PS256: { kty: 'RSA', members: ['n', 'e'] },
  ES256: { kty: 'EC', members: ['crv', 'x', 'y'], crv: 'P-256' },
  EdDSA: { kty: 'OKP', members: ['crv', 'x'], crv: 'Ed25519' },
}

for (const [SIGNING_ALG, { kty, members, ...rest }] of Object.entries(algs)) {
  t.test(`${SIGNING_ALG} from the key set to the refreshed token`, async (t) => {
    const { url, call, env } = await world.start(t, { SIGNING_ALG })
    const { keys } = (await call('GET', '/.well-known/jwks.json')).body as { keys: JWK[] }
    for (const key of keys) {
      t.strictSame(Object.keys(key).sort(), ['alg', 'kid', 'kty', 'use', ...members].sort())
      t.match(key, { kty, alg: SIGNING_ALG, use: 'sig', ...rest })
      t.equal(key.kid, await calculateJwkThumbprint(key))
    }
    const session = await newSession({ call })
    const { body: next } = await call('POST', '/auth/refresh', { body: { refresh_token: session.refresh_token } })
    for (const token of [session.access_token, next.access_token]) {
      const { alg, kid } = decodeProtectedHeader(token)
      t.equal(alg, SIGNING_ALG)
      t.equal(kid, keys[0]?.kid)
      const expected = {
        issuer: env.ISSUER ?? '',
        audience: env.AUDIENCE ?? '',
        typ: 'at+jwt',
        algorithms: [SIGNING_ALG],
      }
      const verified = await jwtVerify(token, createRemoteJWKSet(new URL('/.well-known/jwks.json', url)), expected)
      t.match(verified.payload.sid, UUID_V7)
      t.equal((await call('GET', '/auth/me', { token })).status, 200)
      isInvalidToken(t, await call('GET', '/auth/me', { token: withLowBits(token) }), 'low bits of the signature')
      isInvalidToken(t, await call('GET', '/auth/me', { token: `${token.slice(0, -8)}AAAAAAAA` }), 'a wrong signature')
    }
    const metadata = (await call('GET', '/.well-known/oauth-authorization-server')).body
    t.strictSame(metadata.access_token_signing_alg_values_supported, [SIGNING_ALG])
  })
}

t.test('RSA keys have as many bits as the configuration says', async (t) => {
  for (const [bits, more] of [
    [2048, { SIGNING_ALG: 'RS256' }],
    [3072, { SIGNING_ALG: 'RS256', RSA_BITS: '3072' }],
  ] as const) {
    const { call } = await world.start(t, more)
    const { keys } = (await call('GET', '/.well-known/jwks.json')).body as { keys: JWK[] }
    t.strictSame(
      keys.map(({ n }) => Buffer.from(n ?? '', 'base64url').length * 8),
      keys.map(() => bits),
    )
    t.equal(keys.length, 2, 'one that signs and the next one')
    const { access_token: token } = await newSession({ call })
    t.equal((await call('GET', '/auth/me', { token })).status, 200)
  }
})

t.test('after a change of the algorithm new tokens have the new one, and the old ones stay valid', async (t) => {
  const first = await world.start(t, { SIGNING_ALG: 'RS256' })
  const { access_token: old, refresh_token } = await newSession(first)
  await first.app.close()
  const second = await startWhole(t, { ...first.env, SIGNING_ALG: 'ES256', KEY_ROTATION_INTERVAL: '1s' })
  await until(async () => {
    const { keys } = (await second.call('GET', '/.well-known/jwks.json')).body
    return keys?.[0]?.alg === 'ES256'
  })
  const { body } = await second.call('POST', '/auth/refresh', { body: { refresh_token } })
  t.equal(decodeProtectedHeader(body.access_token).alg, 'ES256')
  t.equal((await second.call('GET', '/auth/me', { token: body.access_token })).status, 200)
  t.equal((await second.call('GET', '/auth/me', { token: old })).status, 200)
})
