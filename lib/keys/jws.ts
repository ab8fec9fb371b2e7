import { constants, createPrivateKey, type SignKeyObjectInput, sign } from 'node:crypto'
import { promisify } from 'node:util'
import type { SigningAlg } from '../config.ts'

const signInThread = promisify(sign)

/** How Node is told to make each kind of signature (RFC 7518 sections 3.3 to 3.5, RFC 8037 section 3.1). */
const MODES: Readonly<Record<SigningAlg, { digest: string | null; how?: Omit<SignKeyObjectInput, 'key'> }>> = {
  RS256: { digest: 'sha256' },
  PS256: {
    digest: 'sha256',
    how: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
  },
  ES256: { digest: 'sha256', how: { dsaEncoding: 'ieee-p1363' } },
  EdDSA: { digest: null },
}

/** Signs claims as a compact JWS (RFC 7515 section 7.1). */
export type SignJws = (claims: object) => Promise<string>

/**
 * Prepares a key for signing: it is parsed once, and so is the header.
 *
 * The signature is made in a thread of libuv, so the event loop goes on meanwhile, and several cores can sign at once
 * (docs/adr/0029-signatures-off-the-loop.md).
 *
 * @param header with `kid` and `typ`; `alg` is added
 * @throws when the PEM can't be read
 */
export function jwsSigner(alg: SigningAlg, privatePem: string, header: object): SignJws {
  const { digest, how } = MODES[alg]
  const key = createPrivateKey(privatePem)
  // Node looks long at a key that comes in an object.
  const withKey = how === undefined ? key : { ...how, key }
  const head = `${base64url(JSON.stringify({ alg, ...header }))}.`
  return async (claims) => {
    const input = head + base64url(JSON.stringify(claims))
    const signature = await signInThread(digest, Buffer.from(input), withKey)
    return `${input}.${signature.toString('base64url')}`
  }
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url')
}
