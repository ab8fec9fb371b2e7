import { ACCESS_TOKEN_TYPE } from '../auth/access-token.ts'
import { VerifiedTokens } from '../auth/verified-tokens.ts'
import type { SigningAlg } from '../config.ts'
import { publicPem } from './jwk.ts'
import { type PreparedJwks, prepareJwks } from './jwks.ts'
import { jwsSigner, type SignJws } from './jws.ts'
import type { Ring, RingKey } from './ring.ts'
import { unsealWithAny } from './sealing.ts'

/** What is needed to sign with one key, always taken together so that key and `kid` can't mix. */
export interface SigningKey {
  readonly kid: string
  readonly alg: SigningAlg
  readonly privatePem: string
  /** Signs the claims of an access token. */
  readonly sign: SignJws
}

export interface VerificationKey {
  readonly alg: SigningAlg
  readonly publicPem: string
}

/** A ring made ready for use: prepared once for each change. */
export interface KeyMaterial {
  readonly ring: Ring
  readonly verification: ReadonlyMap<string, VerificationKey>
  /** Null when the active private key can't be opened: then this instance verifies but does not sign. */
  readonly signing: SigningKey | null
  readonly jwks: PreparedJwks
  /** What these keys have verified. */
  readonly verified: VerifiedTokens
}

/**
 * Opens a ring.
 *
 * @param keks the key-encryption keys that may open it
 * @param onSealed told when the active private key was sealed under another key-encryption key
 */
export function openRing(
  ring: Ring,
  keks: readonly Buffer[],
  onSealed: (kid: string, error: unknown) => void,
): KeyMaterial {
  const active = ring.keys.find((key) => key.state === 'active')
  return {
    ring,
    verification: new Map(ring.keys.map((key) => [key.kid, { alg: key.alg, publicPem: publicPem(key.publicJwk) }])),
    signing: active === undefined ? null : openSigningKey(active, keks, onSealed),
    jwks: prepareJwks(ring),
    verified: new VerifiedTokens(),
  }
}

function openSigningKey(
  { kid, alg, sealed }: RingKey,
  keks: readonly Buffer[],
  onSealed: (kid: string, error: unknown) => void,
): SigningKey | null {
  try {
    const privatePem = unsealWithAny(keks, kid, sealed ?? '').text
    return { kid, alg, privatePem, sign: jwsSigner(alg, privatePem, { typ: ACCESS_TOKEN_TYPE, kid }) }
  } catch (error) {
    onSealed(kid, error)
    return null
  }
}
