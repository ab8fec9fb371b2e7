import t from 'tap'
import { ADMIN_KEY } from '../fixtures/app.ts'
import { tampered } from '../interop/issuers.ts'
import { startWorld } from '../routes/world.ts'
import { JWKS } from './front.ts'
import { startIssuer, startVerifier, verdictOf } from './verifiers.ts'

// What the server signs, the verifier accepts, from the issuer's address alone.

const world = await startWorld(t)

for (const alg of ['RS256', 'PS256', 'ES256', 'EdDSA']) {
  t.test(`${alg}: accepts what the server accepts, with all its claims`, async (t) => {
    const { app, options, token } = await startIssuer(t, world, { SIGNING_ALG: alg })
    const verifier = startVerifier(t, options)
    await verifier.ready()
    const first = await token()
    const { body } = await app.call('POST', '/auth/verify', { body: { token: first } })
    t.strictSame({ active: true, ...(await verifier.verify(first)) }, body)
    t.equal(await verdictOf(verifier, tampered(first)), 'invalid_token bad_signature')

    await app.call('POST', '/admin/keys/rotate', { token: ADMIN_KEY })
    t.equal(await verdictOf(verifier, await token()), 'valid', 'after a rotation')
    t.equal(await verdictOf(verifier, first), 'valid', 'from before the rotation')
    t.strictSame(verifier.faults, [])
  })
}

t.test('is told the key set, the issuer and the revocations one by one', async (t) => {
  const { front, options, token } = await startIssuer(t, world)
  const { audience } = options
  const bare = startVerifier(t, { jwksUri: front.url + JWKS, audience })
  const other = startVerifier(t, { jwksUri: front.url + JWKS, issuer: 'https://elsewhere.example', audience })
  t.equal(await verdictOf(bare, await token()), 'valid', 'without an issuer, `iss` is not checked')
  t.equal(bare.state().following, 'none')
  t.equal(await verdictOf(other, await token()), 'invalid_token wrong_issuer')
})

t.test('a token for somebody else is refused', async (t) => {
  const { options, token } = await startIssuer(t, world)
  const verifier = startVerifier(t, { ...options, audience: ['https://a.example', 'https://b.example'] })
  t.equal(await verdictOf(verifier, await token()), 'invalid_token wrong_audience')
  const stranger = await (await startIssuer(t, world)).token()
  const ours = startVerifier(t, options)
  t.equal(await verdictOf(ours, stranger), 'invalid_token wrong_issuer')
})

t.test('what happens is counted, and told as Prometheus text', async (t) => {
  const { options, token } = await startIssuer(t, world)
  const verifier = startVerifier(t, options)
  await verifier.verify(await token())
  await verdictOf(verifier, 'rubbish')
  const text = verifier.metrics()
  for (const line of [
    'tokenforge_verifier_tokens_total{verdict="valid",reason=""} 1',
    'tokenforge_verifier_tokens_total{verdict="invalid",reason="malformed"} 1',
    'tokenforge_verifier_seconds_until_refused +Inf',
    'tokenforge_verifier_keys 2',
    '# TYPE tokenforge_verifier_keys_age_seconds gauge',
  ]) {
    t.ok(text.includes(`${line}\n`), line)
  }
  t.notMatch(text, /NaN|undefined/)
})
