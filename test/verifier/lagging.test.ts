import t from 'tap'
import { until } from '../fixtures/app.ts'
import { fakeClock } from '../fixtures/fake-clock.ts'
import { JWKS, json, REVOCATIONS, status } from './front.ts'
import { newKey, startStubIssuer } from './stub-issuer.ts'
import { partsOf, startVerifier, verdictOf } from './verifiers.ts'

// Behind a load balancer one instance of the issuer may not have heard yet of what another one did.

async function start(t: Parameters<typeof startStubIssuer>[0]) {
  const issuer = await startStubIssuer(t)
  const clock = fakeClock({ wall: Date.now() })
  const verifier = startVerifier(t, { ...issuer.options, pollIntervalMs: 20, refreshIntervalMs: 20, clock })
  await verifier.ready()
  const next = await newKey()
  const looks = async () => {
    const asked = issuer.count(JWKS)
    await until(() => issuer.count(JWKS) > asked + 1)
  }
  return { issuer, clock, verifier, next, looks, kid: issuer.key.jwk.kid }
}

t.test('a key that one instance publishes stays when another one does not yet', async (t) => {
  const { issuer, clock, verifier, next, looks, kid } = await start(t)
  issuer.publishAs(1, 2, next.jwk, issuer.key.jwk)
  await until(() => verifier.state().keys.length === 2)
  const token = await issuer.token({ key: next })
  issuer.publishAs(1, 1, issuer.key.jwk)
  await looks()
  t.equal(await verdictOf(verifier, token), 'valid')
  t.notOk(partsOf(verifier).includes('keys'), 'which is no fault')
  t.equal(await verdictOf(verifier, await issuer.token({ key: await newKey() })), 'uncheckable unknown_key')

  clock.advance(2000)
  await until(() => partsOf(verifier).includes('keys'))
  t.equal(await verdictOf(verifier, token), 'valid', 'also when it is told of as a fault')
  issuer.publishAs(1, 3, issuer.key.jwk)
  await until(() => verifier.state().keys.length === 1)
  t.strictSame(verifier.state().keys, [kid])
  t.equal(await verdictOf(verifier, token), 'invalid_token withdrawn_key', 'a newer set without it withdraws it')
})

t.test('the first token of a new epoch waits for its key, not just for the end of the old ones', async (t) => {
  const { issuer, clock, verifier, next } = await start(t)
  await until(() => verifier.state().following === 'polling')
  const announce = (epoch: number) =>
    issuer.answer(REVOCATIONS, (request, response) => {
      if (request.headers.accept === 'text/event-stream') return status(406)(request, response)
      json({ cursor: `${epoch}-0`, events: [{ type: 'keys_changed', epoch, version: epoch, at: '' }] })(
        request,
        response,
      )
    })
  announce(1)
  await until(() => issuer.count(REVOCATIONS) > 3)
  clock.advance(60_000)
  const asked = issuer.count(JWKS)
  const iat = Math.floor(clock.now() / 1000)
  const verdict = verdictOf(verifier, await issuer.token({ key: next, claims: { iat, exp: iat + 900 } }))
  await until(() => issuer.count(JWKS) > asked)
  announce(2)
  await until(() => verifier.state().keys.length === 0)
  issuer.publish(next.jwk)
  t.equal(await verdict, 'valid')
})

t.test('an epoch that the key set itself is of needs no news', async (t) => {
  const { issuer, verifier, next, looks } = await start(t)
  issuer.publishAs(1, 1, issuer.key.jwk)
  await looks()
  const old = await issuer.token()
  issuer.publishAs(2, 2, next.jwk)
  await until(async () => (await verdictOf(verifier, await issuer.token({ key: next }))) === 'valid')
  t.equal(await verdictOf(verifier, old), 'invalid_token withdrawn_key')
  issuer.publishAs(1, 1, issuer.key.jwk)
  await looks()
  t.equal(await verdictOf(verifier, old), 'invalid_token withdrawn_key', 'for good')
  t.strictSame(verifier.state().keys, [next.jwk.kid])
})
