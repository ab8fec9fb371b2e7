import t from 'tap'
import { tampered } from '../interop/issuers.ts'
import { newKey, startStubIssuer } from './stub-issuer.ts'
import { startVerifier, verdictOf } from './verifiers.ts'

// Every algorithm that a key set of others may be for; those of our server are in tokens.test.ts.

const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']

for (const alg of ALGORITHMS) {
  t.test(alg, async (t) => {
    const issuer = await startStubIssuer(t, alg)
    const verifier = startVerifier(t, { ...issuer.options, algorithms: [alg] })
    const token = await issuer.token()
    t.equal(await verdictOf(verifier, token), 'valid')
    t.equal(await verdictOf(verifier, tampered(token)), 'invalid_token bad_signature')
    const { kid } = issuer.key.jwk
    const forged = await issuer.token({ key: await newKey(alg, kid) })
    t.equal(await verdictOf(verifier, forged), 'invalid_token bad_signature', 'by another key')
    const [signed, signature = ''] = [token.slice(0, token.lastIndexOf('.')), token.split('.')[2]]
    const bytes = Buffer.from(signature, 'base64url')
    for (const wrong of [bytes.subarray(1), Buffer.concat([bytes, Buffer.alloc(1)]), Buffer.alloc(bytes.length)]) {
      const verdict = await verdictOf(verifier, `${signed}.${wrong.toString('base64url')}`)
      t.equal(verdict, 'invalid_token bad_signature', `${wrong.length} bytes`)
    }
  })
}
