import t, { type Test } from 'tap'
import { until } from '../fixtures/app.ts'
import { fakeClock } from '../fixtures/fake-clock.ts'
import { hang, JWKS, json, REVOCATIONS, status } from './front.ts'
import { newKey, type StubIssuer, startStubIssuer } from './stub-issuer.ts'
import { partsOf, startVerifier, verdictOf } from './verifiers.ts'

// What may happen between the news of an emergency and the new keys: caches, instances that lag behind, an outage.

/** A verifier that has known an issuer for a while, and heard of its epoch if one is given. */
async function start(t: Test, epoch?: number) {
  const issuer = await startStubIssuer(t)
  const clock = fakeClock({ wall: Date.now() })
  if (epoch !== undefined) announce(issuer, epoch)
  const options = { ...issuer.options, requestTimeoutMs: 200, pollIntervalMs: 20, refreshIntervalMs: 20, clock }
  const verifier = startVerifier(t, options)
  await verifier.ready()
  // The keys have been there for long when the news comes.
  clock.advance(60_000)
  return { issuer, clock, verifier, options, old: await issuer.token(), next: await newKey() }
}

let cursors = 0

function announce(issuer: StubIssuer, epoch: number): void {
  cursors += 1
  const page = { cursor: `${cursors}-0`, events: [{ type: 'keys_changed', epoch, version: cursors, at: '' }] }
  issuer.answer(REVOCATIONS, (request, response) =>
    request.headers.accept === 'text/event-stream' ? status(406)(request, response) : json(page)(request, response),
  )
}

t.test('old keys are void before the new ones have come, and tokens can not be checked until then', async (t) => {
  const { issuer, verifier, old, next } = await start(t, 1)
  issuer.answer(JWKS, status(503))
  announce(issuer, 2)
  await until(() => verifier.state().keys.length === 0)
  t.equal(verifier.state().secondsUntilRefused, 0)
  t.equal(await verdictOf(verifier, old), 'uncheckable keys_void')
  const fresh = await issuer.token({ key: next })
  t.equal(await verdictOf(verifier, fresh), 'uncheckable keys_void')
  issuer.publish(next.jwk)
  await until(async () => (await verdictOf(verifier, fresh)) === 'valid')
  t.equal(await verdictOf(verifier, old), 'invalid_token withdrawn_key')
})

t.test('a token waits for the new keys that are on their way', async (t) => {
  const { issuer, verifier, old, next } = await start(t, 1)
  issuer.answer(JWKS, hang)
  announce(issuer, 2)
  await until(() => verifier.state().keys.length === 0)
  const asked = issuer.count(JWKS)
  issuer.publish(next.jwk)
  await until(() => issuer.count(JWKS) > asked)
  const verdicts = await Promise.all([verdictOf(verifier, await issuer.token({ key: next })), verdictOf(verifier, old)])
  t.strictSame(verdicts, ['valid', 'invalid_token withdrawn_key'])
})

t.test('a cache that still serves the old keys is not believed', async (t) => {
  const { issuer, clock, verifier, old, next } = await start(t, 1)
  const before = issuer.count(JWKS)
  announce(issuer, 2)
  await until(() => issuer.count(JWKS) > before + 5)
  t.equal(await verdictOf(verifier, old), 'uncheckable keys_void')
  await until(() => partsOf(verifier).includes('keys'))
  clock.advance(300_000)
  t.equal(await verdictOf(verifier, old), 'uncheckable keys_void', 'for as long as any cache keeps it')
  t.ok(verifier.state().keysAgeMs >= 300_000, 'nor does it confirm anything')
  issuer.publish(next.jwk)
  await until(() => verifier.state().keys.length === 1)
  t.equal(await verdictOf(verifier, old), 'invalid_token withdrawn_key')
})

t.test('an instance that lags behind does not bring the old keys back', async (t) => {
  const { issuer, verifier, old, next } = await start(t, 1)
  issuer.publish(next.jwk)
  announce(issuer, 2)
  const fresh = await issuer.token({ key: next })
  await until(async () => (await verdictOf(verifier, fresh)) === 'valid')
  const polls = issuer.count(REVOCATIONS)
  await until(() => issuer.count(REVOCATIONS) > polls + 2)
  const before = issuer.count(JWKS)
  announce(issuer, 1)
  issuer.publish(issuer.key.jwk)
  await until(() => issuer.count(JWKS) > before + 5)
  t.equal(await verdictOf(verifier, old), 'invalid_token withdrawn_key')
  t.equal(await verdictOf(verifier, fresh), 'valid')
})

t.test('new keys that came before the news are not taken for the old ones', async (t) => {
  const { issuer, clock, verifier, old, next } = await start(t, 1)
  issuer.publish(next.jwk)
  const fresh = await issuer.token({ key: next })
  await until(async () => (await verdictOf(verifier, fresh)) === 'valid')
  // The news is late because nothing can be heard: an answer without it would settle of which epoch these keys are.
  issuer.answer(REVOCATIONS, status(503))
  await until(() => verifier.state().following === 'none')
  clock.advance(60_000)
  const before = issuer.count(JWKS)
  announce(issuer, 2)
  await until(() => issuer.count(JWKS) > before + 5)
  t.equal(await verdictOf(verifier, fresh), 'valid')
  t.equal(await verdictOf(verifier, old), 'invalid_token withdrawn_key')
  announce(issuer, 3)
  issuer.answer(JWKS, status(503))
  await until(() => verifier.state().keys.length === 0)
  t.equal(await verdictOf(verifier, fresh), 'uncheckable keys_void', 'the next emergency is one again')
})

t.test('an issuer that insists is believed in the end', async (t) => {
  const { issuer, clock, verifier, old } = await start(t, 1)
  announce(issuer, 2)
  await until(() => partsOf(verifier).includes('keys'))
  t.equal(await verdictOf(verifier, old), 'uncheckable keys_void')
  clock.advance(600_000)
  await until(async () => (await verdictOf(verifier, old)) === 'valid')
})

t.test('a rotation voids nothing, even while the keys can not be had', async (t) => {
  const { issuer, verifier, old, next } = await start(t, 1)
  issuer.answer(JWKS, status(503))
  const before = issuer.count(JWKS)
  announce(issuer, 1)
  await until(() => issuer.count(JWKS) > before + 5)
  t.equal(await verdictOf(verifier, old), 'valid')
  issuer.publish(next.jwk, issuer.key.jwk)
  await until(() => verifier.state().keys.length === 2)
  t.equal(await verdictOf(verifier, old), 'valid')
})

t.test('the first epoch ever heard of makes it ask, and nothing is said of the keys until then', async (t) => {
  const { issuer, verifier, old, next } = await start(t)
  issuer.answer(JWKS, status(503))
  announce(issuer, 5)
  await until(() => verifier.state().keys.length === 0)
  t.equal(await verdictOf(verifier, old), 'uncheckable keys_void')
  // It was a rotation.
  issuer.publish(next.jwk, issuer.key.jwk)
  await until(async () => (await verdictOf(verifier, old)) === 'valid')
  t.equal(await verdictOf(verifier, await issuer.token({ key: next })), 'valid')
})

t.test('the first epoch of all can be no emergency', async (t) => {
  const { issuer, verifier, old } = await start(t)
  issuer.answer(JWKS, status(503))
  const before = issuer.count(JWKS)
  announce(issuer, 1)
  await until(() => issuer.count(JWKS) > before + 5)
  t.equal(await verdictOf(verifier, old), 'valid')
})

t.test('keys of somebody else, by a mistake on the way, do no lasting harm', async (t) => {
  const { issuer, clock, verifier, old, next: stranger } = await start(t, 1)
  issuer.publish(stranger.jwk)
  await until(() => verifier.state().keys.includes(stranger.jwk.kid))
  t.equal(await verdictOf(verifier, old), 'invalid_token withdrawn_key')
  clock.advance(60_000)
  issuer.publish(issuer.key.jwk)
  await until(async () => (await verdictOf(verifier, old)) === 'valid')
  const theirs = await issuer.token({ key: stranger })
  t.equal(await verdictOf(verifier, theirs), 'uncheckable unknown_key')
  // The next emergency is one all the same.
  await until(() => verifier.state().revocationsAgeMs === 0)
  issuer.answer(JWKS, status(503))
  announce(issuer, 2)
  await until(() => verifier.state().keys.length === 0)
  t.match(await verdictOf(verifier, old), /^uncheckable/)
})

t.test('while an instance lags behind, nothing is said of newer keys than it knows', async (t) => {
  const { issuer, clock, verifier, old, next } = await start(t, 1)
  issuer.publish(next.jwk)
  const fresh = await issuer.token({ key: next })
  await until(async () => (await verdictOf(verifier, fresh)) === 'valid')
  issuer.publish(issuer.key.jwk)
  await until(() => verifier.state().keys.includes(issuer.key.jwk.kid))
  clock.advance(1100)
  const verdicts = new Set<string>()
  const look = async () => verdicts.add(await verdictOf(verifier, fresh))
  await look()
  announce(issuer, 2)
  await until(() => verifier.state().keys.length === 0)
  await look()
  issuer.publish(next.jwk)
  await until(async () => (await verdictOf(verifier, fresh)) === 'valid')
  t.equal(await verdictOf(verifier, old), 'invalid_token withdrawn_key')
  t.strictSame(verdicts, new Set(['uncheckable unknown_key', 'uncheckable keys_void']))
})
