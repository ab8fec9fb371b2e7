import { createPublicKey } from 'node:crypto'
import { createVerifier as createFastJwt } from 'fast-jwt'
import { exportJWK, generateKeyPair, importJWK, type JWK, jwtVerify, SignJWT } from 'jose'
import { createVerifier } from '../../verifier/index.ts'

export const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const
export type Algorithm = (typeof ALGORITHMS)[number]
export const NAMES = ['tokenforge/verifier', 'jose', 'fast-jwt'] as const
export type Name = (typeof NAMES)[number]

/** Verifies one token, uncached; throws or rejects when it is no good. */
export type Verify = (token: string) => unknown

export interface Contest extends AsyncDisposable {
  readonly tokens: readonly string[]
  readonly verify: Readonly<Record<Name, Verify>>
}

const ISSUER = 'https://auth.example.com'
const AUDIENCE = 'https://api.example.com'
const REQUIRED = ['iss', 'aud', 'sub', 'exp', 'iat', 'jti', 'client_id', 'sid']
const TOKENS = 64

/** The three of them with one key in memory, told to check the same claims, and tokens as the server makes them. */
export async function makeContest(alg: Algorithm): Promise<Contest> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid: 'key', alg, use: 'sig' }
  const now = Math.floor(Date.now() / 1000)
  const tokens = await Promise.all(
    Array.from({ length: TOKENS }, (_, i) =>
      new SignJWT({
        ...{ iss: ISSUER, aud: AUDIENCE, sub: `0199d3a4-0000-7000-8000-${String(i).padStart(12, '0')}` },
        ...{ client_id: AUDIENCE, iat: now, exp: now + 3600, auth_time: now, email: `user${i}@example.com`, roles: [] },
        ...{ jti: crypto.randomUUID(), sid: crypto.randomUUID() },
      })
        .setProtectedHeader({ alg, typ: 'at+jwt', kid: 'key' })
        .sign(privateKey),
    ),
  )
  const ours = createVerifier({
    issuer: ISSUER,
    audience: AUDIENCE,
    algorithms: [alg],
    jwksUri: `${ISSUER}/jwks.json`,
    revocationsUri: false,
    fetch: async () => new Response(JSON.stringify({ keys: [jwk] })),
  })
  await ours.ready()
  const key = await importJWK(jwk, alg)
  const rules = { issuer: ISSUER, audience: AUDIENCE, algorithms: [alg], typ: 'at+jwt', requiredClaims: REQUIRED }
  const fastJwt = createFastJwt({
    key: createPublicKey({ key: jwk as import('node:crypto').JsonWebKey, format: 'jwk' }).export({
      type: 'spki',
      format: 'pem',
    }),
    algorithms: [alg],
    allowedIss: ISSUER,
    allowedAud: AUDIENCE,
    checkTyp: 'at+jwt',
    requiredClaims: REQUIRED,
    cache: false,
  })
  return {
    tokens,
    verify: {
      'tokenforge/verifier': (token) => ours.verify(token),
      jose: (token) => jwtVerify(token, key, rules),
      'fast-jwt': (token) => fastJwt(token),
    },
    [Symbol.asyncDispose]: () => ours.close(),
  }
}
