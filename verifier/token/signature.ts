import { compactVerify, errors } from 'jose'
import { InvalidTokenError } from '../errors.ts'
import type { VerificationKey } from '../keys/key-set.ts'

/**
 * Checks the signature, with the one algorithm that the key is for.
 *
 * @throws InvalidTokenError
 */
export async function checkSignature(token: string, { key, alg }: VerificationKey): Promise<void> {
  try {
    await compactVerify(token, key, { algorithms: [alg] })
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) throw new InvalidTokenError('bad_signature')
    if (error instanceof errors.JOSEError) throw new InvalidTokenError('malformed')
    throw error
  }
}
