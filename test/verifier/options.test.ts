import t from 'tap'
import { createVerifier, type VerifierOptions } from '../../verifier/index.ts'
import { startStubIssuer } from './stub-issuer.ts'
import { startVerifier, verdictOf } from './verifiers.ts'

const issuer = 'https://auth.example.com'
const audience = 'https://api.example.com'

const wrong: Record<string, unknown> = {
  'neither issuer nor key set': { audience },
  'no audience': { issuer },
  'an empty audience': { issuer, audience: '' },
  'no audience in the list': { issuer, audience: [] },
  'an issuer that is no URL': { issuer: 'auth', audience },
  'an issuer in the clear': { issuer: 'http://auth.example.com', audience },
  'an issuer that only looks like loopback': { issuer: 'http://127.0.0.1.example.com', audience },
  'an issuer with a query': { issuer: `${issuer}?tenant=1`, audience },
  'an issuer with an empty fragment': { issuer: `${issuer}#`, audience },
  'an issuer with credentials': { issuer: 'https://user:secret@auth.example.com', audience },
  'a key set in a file': { jwksUri: 'file:///etc/keys.json', audience },
  'revocations in the clear': { issuer, audience, revocationsUri: 'http://auth.example.com/auth/revocations' },
  'no algorithm': { issuer, audience, algorithms: [] },
  'a symmetric algorithm': { issuer, audience, algorithms: ['RS256', 'HS256'] },
  'no signature': { issuer, audience, algorithms: ['none'] },
  'another policy': { issuer, audience, whenStale: 'ignore' },
  'a negative bound': { issuer, audience, maxStalenessMs: -1 },
  'a bound that is no number': { issuer, audience, maxStalenessMs: Number.NaN },
  'an interval as text': { issuer, audience, refreshIntervalMs: '60000' },
  'no interval': { issuer, audience, refreshIntervalMs: 0 },
  'a tolerance of an hour': { issuer, audience, clockToleranceS: 3600 },
  'no file': { issuer, audience, snapshotFile: '' },
}
for (const [name, options] of Object.entries(wrong)) {
  t.test(`refuses ${name}`, async (t) => {
    t.throws(() => createVerifier(options as VerifierOptions), TypeError)
  })
}

t.test('asks only where it was told to', async (t) => {
  const cases: [options: Partial<VerifierOptions>, urls: string[]][] = [
    [{ issuer }, [`${issuer}/.well-known/oauth-authorization-server`, `${issuer}/auth/revocations`]],
    [
      { issuer: `${issuer}/tenant/` },
      [`${issuer}/.well-known/oauth-authorization-server/tenant`, `${issuer}/tenant/auth/revocations`],
    ],
    [{ jwksUri: 'https://keys.example.com/jwks.json' }, ['https://keys.example.com/jwks.json']],
    [{ issuer, jwksUri: 'http://127.0.0.1/j', revocationsUri: false }, ['http://127.0.0.1/j']],
    [
      { jwksUri: 'http://auth/jwks', revocationsUri: 'http://auth/r', allowInsecureHttp: true },
      ['http://auth/jwks', 'http://auth/r'],
    ],
  ]
  for (const [options, urls] of cases) {
    const asked = new Set<string>()
    const fetch = async (input: string | URL | Request) => {
      asked.add(String(input))
      throw new Error('no network')
    }
    const verifier = startVerifier(t, { audience, ...options, fetch })
    t.equal(await verdictOf(verifier, 'rubbish'), 'invalid_token malformed')
    await verifier
      .verify(await (await startStubIssuer(t)).token({ claims: { iss: options.issuer, aud: audience } }))
      .catch(() => {})
    await verifier.close()
    t.strictSame([...asked].toSorted(), urls.toSorted())
  }
})
