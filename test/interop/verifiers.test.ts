import t, { type Test } from 'tap'
import { ADMIN_KEY } from '../fixtures/app.ts'
import { type Issuer, startIssuers, tampered } from './issuers.ts'
import {
  fastifyJwtWithGetJwks,
  jose,
  jsonwebtokenWithGetJwks,
  jsonwebtokenWithJwksRsa,
  type Verifier,
} from './javascript.ts'
import { pyJwt } from './python.ts'

// jsonwebtoken knows no EdDSA, and get-jwks no keys of type OKP.
const verifiers: [name: string, verifier: (t: Test) => Verifier | Promise<Verifier>, algs: Issuer['alg'][]][] = [
  ['jose', () => jose, ['RS256', 'PS256', 'ES256', 'EdDSA']],
  ['jsonwebtoken with jwks-rsa', () => jsonwebtokenWithJwksRsa, ['RS256', 'PS256', 'ES256']],
  ['jsonwebtoken with get-jwks', () => jsonwebtokenWithGetJwks, ['RS256', 'PS256', 'ES256']],
  ['@fastify/jwt with get-jwks', () => fastifyJwtWithGetJwks, ['RS256', 'PS256', 'ES256']],
  ['PyJWT', pyJwt, ['RS256', 'PS256', 'ES256', 'EdDSA']],
]
const issuers = await startIssuers(t, ['RS256', 'PS256', 'ES256', 'EdDSA'])

for (const [name, load, algs] of verifiers) {
  t.test(`${name} accepts the tokens from the address of the key set alone`, async (t) => {
    const makeVerifier = await load(t)
    for (const issuer of issuers.filter(({ alg }) => algs.includes(alg))) {
      const { alg, app, audience } = issuer
      const verify = makeVerifier(issuer)
      const token = await issuer.token()
      const { body } = await app.call('POST', '/auth/verify', { body: { token } })
      t.strictSame({ active: true, ...(await verify(token, audience)) }, body, `${alg} with all claims`)
      await t.rejects(verify(tampered(token), audience), `${alg} tampered with`)
      await t.rejects(verify(token, 'https://elsewhere.example'), `${alg} for another audience`)
      const stranger = await issuers.find((other) => other !== issuer)?.token()
      await t.rejects(verify(String(stranger), audience), `${alg}: a token of another server`)

      await app.call('POST', '/admin/keys/rotate', { token: ADMIN_KEY })
      const next = await issuer.token()
      t.equal((await verify(next, audience)).iss, issuer.issuer, `${alg} after a rotation`)
      t.equal((await verify(token, audience)).iss, issuer.issuer, `${alg} from before the rotation`)
    }
  })
}
