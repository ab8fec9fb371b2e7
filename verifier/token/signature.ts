import { InvalidTokenError } from '../errors.ts'
import type { VerificationKey } from '../keys/key-set.ts'
import type { ParsedToken } from './parse.ts'

type Parameters = Exclude<globalThis.Parameters<typeof crypto.subtle.verify>[0], string>

/** RFC 7518 sections 3.3 to 3.5, RFC 8037 section 3.1; the hash of an RSA signature is part of the imported key. */
const PARAMETERS: Readonly<Record<string, Parameters>> = {
  ...pkcs1('RS256', 'RS384', 'RS512'),
  ...{ PS256: pss(32), PS384: pss(48), PS512: pss(64) },
  ...{ ES256: ecdsa('SHA-256'), ES384: ecdsa('SHA-384'), ES512: ecdsa('SHA-512') },
  ...{ EdDSA: { name: 'Ed25519' }, Ed25519: { name: 'Ed25519' } },
}

/**
 * Checks the signature, with the one algorithm that the key is for (RFC 7515 section 5.2). The token was taken apart and
 * its header checked before, so there is nothing left for a JOSE library to do but this.
 *
 * @throws InvalidTokenError
 */
export async function checkSignature({ signed, signature }: ParsedToken, { key, alg }: VerificationKey): Promise<void> {
  const parameters = PARAMETERS[alg]
  if (parameters === undefined) throw new TypeError(`no signatures of ${alg} are known here`)
  if (!(await crypto.subtle.verify(parameters, key, signature, signed))) throw new InvalidTokenError('bad_signature')
}

function pkcs1(...algorithms: string[]): Record<string, Parameters> {
  return Object.fromEntries(algorithms.map((alg) => [alg, { name: 'RSASSA-PKCS1-v1_5' }]))
}

function pss(saltLength: number): Parameters & { saltLength: number } {
  return { name: 'RSA-PSS', saltLength }
}

function ecdsa(hash: string): Parameters & { hash: string } {
  return { name: 'ECDSA', hash }
}
