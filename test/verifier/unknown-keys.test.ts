import t from 'tap'
import { until } from '../fixtures/app.ts'
import { fakeClock } from '../fixtures/fake-clock.ts'
import { hang, isStream, JWKS, json, REVOCATIONS, status } from './front.ts'
import { newKey, startStubIssuer } from './stub-issuer.ts'
import { startVerifier, verdictOf } from './verifiers.ts'

/** One whose revocations are not followed: every request for keys is for a key id. */
async function start(t: Parameters<typeof startStubIssuer>[0]) {
  const issuer = await startStubIssuer(t)
  const clock = fakeClock({ wall: Date.now() })
  const options = { ...issuer.options, revocationsUri: false, requestTimeoutMs: 200, clock } as const
  const verifier = startVerifier(t, options)
  await verifier.ready()
  return { issuer, clock, verifier, asked: issuer.count(JWKS) }
}

t.test('a new key is found at once, by the first token of it', async (t) => {
  const { issuer, verifier, asked } = await start(t)
  const next = await newKey()
  issuer.publish(issuer.key.jwk, next.jwk)
  const token = await issuer.token({ key: next })
  const verdicts = await Promise.all(Array.from({ length: 50 }, () => verdictOf(verifier, token)))
  t.strictSame(new Set(verdicts), new Set(['valid']))
  t.equal(issuer.count(JWKS), asked + 1)
  const third = await newKey()
  issuer.publish(issuer.key.jwk, next.jwk, third.jwk)
  t.equal(await verdictOf(verifier, await issuer.token({ key: third })), 'valid', 'the one after it as well')
})

t.test('a flood of invented key ids makes one request', async (t) => {
  const { issuer, clock, verifier, asked } = await start(t)
  const forger = await newKey()
  const forge = async (kid: string) => issuer.token({ key: { ...forger, jwk: { ...forger.jwk, kid } } })
  const tokens = await Promise.all(Array.from({ length: 500 }, (_, i) => forge(`invented-${i}`)))
  const verdicts = await Promise.all(tokens.map((token) => verdictOf(verifier, token)))
  t.strictSame(new Set(verdicts), new Set(['invalid_token unknown_key']))
  for (const token of tokens) t.equal(await verdictOf(verifier, token), 'invalid_token unknown_key')
  t.equal(issuer.count(JWKS), asked + 1)

  // A flood that lasts makes fewer and fewer; and a look that is too old proves nothing.
  clock.advance(1500)
  t.equal(await verdictOf(verifier, await forge('later')), 'uncheckable unknown_key')
  for (let i = 0; i < 600; i += 1) {
    clock.advance(100)
    await verdictOf(verifier, await forge(`one-more-${i}`))
  }
  t.ok(issuer.count(JWKS) - asked <= 10, `${issuer.count(JWKS) - asked} in a minute`)
  clock.advance(61_000)
  const before = issuer.count(JWKS)
  for (const kid of ['after', 'a', 'pause']) {
    t.equal(await verdictOf(verifier, await forge(kid)), 'invalid_token unknown_key')
    clock.advance(4000)
  }
  t.ok(issuer.count(JWKS) > before + 1, 'a quiet minute makes up for it')
  const next = await newKey()
  issuer.publish(issuer.key.jwk, next.jwk)
  clock.advance(10_000)
  t.equal(await verdictOf(verifier, await issuer.token({ key: next })), 'valid', 'a new key is found in spite of it')
})

for (const [name, handler] of Object.entries({ 'answers with 503': status(503), 'never answers': hang })) {
  t.test(`nothing is said of an unknown key while the issuer ${name}`, async (t) => {
    const { issuer, verifier, asked } = await start(t)
    issuer.answerAll(handler)
    const token = await issuer.token({ key: await newKey() })
    const verdicts = await Promise.all(Array.from({ length: 50 }, () => verdictOf(verifier, token)))
    t.strictSame(new Set(verdicts), new Set(['uncheckable unknown_key']))
    t.equal(issuer.count(JWKS), asked + 1)
    t.equal(await verdictOf(verifier, await issuer.token()), 'valid', 'nor of the others anything else')
  })
}

t.test('what is no good anyway makes no request', async (t) => {
  const { issuer, verifier, asked } = await start(t)
  const key = await newKey()
  const now = Math.floor(Date.now() / 1000)
  for (const claims of [{ exp: now - 10 }, { iss: 'https://evil.example' }, { aud: 'other' }]) {
    t.match(await verdictOf(verifier, await issuer.token({ key, claims })), /^invalid_token/)
  }
  t.match(await verdictOf(verifier, await issuer.token({ key, header: { typ: 'JWT' } })), /^invalid_token/)
  t.equal(issuer.count(JWKS), asked)
})

t.test('a key that one instance made a moment ago, and the one that was asked does not know yet', async (t) => {
  const issuer = await startStubIssuer(t)
  const verifier = startVerifier(t, { ...issuer.options, pollIntervalMs: 20 })
  await until(() => verifier.state().following === 'polling')
  const [next, forger] = await Promise.all([newKey(), newKey()])
  const [token, forged] = await Promise.all([issuer.token({ key: next }), issuer.token({ key: forger })])
  const asked = issuer.count(JWKS)
  const verdict = verdictOf(verifier, token)
  await until(() => issuer.count(JWKS) > asked)
  issuer.publish(issuer.key.jwk, next.jwk)
  issuer.answer(REVOCATIONS, (request, response) => {
    if (isStream(request)) return status(406)(request, response)
    json({ cursor: '1-0', events: [{ type: 'keys_changed', epoch: 1, version: 2, at: '' }] })(request, response)
  })
  t.equal(await verdict, 'valid', 'waits for the news of it')
  issuer.answer(REVOCATIONS, json({ cursor: '2-0', events: [] }))

  // Forgers make nobody wait for long.
  const began = performance.now()
  for (let i = 0; i < 100; i += 1) t.equal(await verdictOf(verifier, forged), 'invalid_token unknown_key')
  t.ok(performance.now() - began < 3000)
})
