import { createHash, createPublicKey, generateKeyPair, type JsonWebKey, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { Static } from 'typebox'
import { SIGNING_ALGS, type SigningAlg } from '../config.ts'
import Type from '../type.ts'

const generate = promisify(generateKeyPair)

/** A public key as it stands in the JWKS (RFC 7517 section 4): always with `kid`, `alg` and `use`, no private member. */
export const PublicJwkSchema = Type.Object(
  {
    kty: Type.Enum(['RSA', 'EC', 'OKP']),
    kid: Type.String(),
    alg: Type.Enum([...SIGNING_ALGS]),
    use: Type.Literal('sig'),
    n: Type.Optional(Type.String()),
    e: Type.Optional(Type.String()),
    crv: Type.Optional(Type.String()),
    x: Type.Optional(Type.String()),
    y: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
)
export type PublicJwk = Static<typeof PublicJwkSchema>

/** A key pair in memory; the private half is PKCS #8 PEM. */
export interface KeyPair {
  readonly publicJwk: PublicJwk
  readonly privatePem: string
}

/** Makes a key pair for one algorithm; RSA keys get `rsaBits` bits. Runs off the event loop. */
export async function generateSigningKey(alg: SigningAlg, rsaBits: number): Promise<KeyPair> {
  const { publicKey, privateKey } = await generatePair(alg, rsaBits)
  const jwk = publicKey.export({ format: 'jwk' })
  const privatePem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
  return { publicJwk: { ...jwk, kid: thumbprint(jwk), alg, use: 'sig' } as PublicJwk, privatePem }
}

function generatePair(alg: SigningAlg, rsaBits: number): Promise<{ publicKey: KeyObject; privateKey: KeyObject }> {
  if (alg === 'ES256') return generate('ec', { namedCurve: 'P-256' })
  if (alg === 'EdDSA') return generate('ed25519')
  return generate('rsa', { modulusLength: rsaBits })
}

/** RFC 7638 section 3: SHA-256 over the required members in lexicographic order, base64url (43 characters). */
export function thumbprint(jwk: JsonWebKey): string {
  const required = { RSA: ['e', 'kty', 'n'], EC: ['crv', 'kty', 'x', 'y'], OKP: ['crv', 'kty', 'x'] }[String(jwk.kty)]
  if (required === undefined) throw new TypeError(`a JWK of type ${jwk.kty} has no thumbprint here`)
  const members = Object.fromEntries(required.map((name) => [name, jwk[name]]))
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url')
}

/** True for what may be a thumbprint by its form; anything else was never a key id of ours. */
export function isThumbprint(kid: string): boolean {
  return /^[\w-]{43}$/.test(kid)
}

/** SubjectPublicKeyInfo PEM of a public JWK. */
export function publicPem(jwk: PublicJwk): string {
  return createPublicKey({ key: { ...jwk }, format: 'jwk' })
    .export({ format: 'pem', type: 'spki' })
    .toString()
}
