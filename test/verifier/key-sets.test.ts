import { createSecretKey, generateKeyPairSync } from 'node:crypto'
import { exportJWK } from 'jose'
import t from 'tap'
import { until } from '../fixtures/app.ts'
import { fakeClock } from '../fixtures/fake-clock.ts'
import { type Handler, JWKS, json, METADATA, status } from './front.ts'
import { newKey, privateJwk, startStubIssuer } from './stub-issuer.ts'
import { partsOf, startVerifier, verdictOf } from './verifiers.ts'

// A key set that is broken or hostile must not take the place of a good one.

const key = await newKey()
const secret = await exportJWK(createSecretKey(Buffer.alloc(32, 7)))
const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' })

const bad: Record<string, Handler> = {
  'no JSON': json('<html>'),
  'no object': json('[]'),
  null: json('null'),
  'no keys': json({}),
  'an empty list': json({ keys: [] }),
  'keys that are no objects': json({ keys: [null] }),
  'a key without an id': json({ keys: [{ ...key.jwk, kid: undefined }] }),
  'one id twice': json({ keys: [key.jwk, key.jwk] }),
  'a private key': json({ keys: [await privateJwk(key)] }),
  'a private key beside a good one': json({ keys: [key.jwk, await privateJwk(await newKey())] }),
  'a symmetric key': json({ keys: [{ ...secret, kid: 'secret', alg: 'HS256' }] }),
  'a symmetric algorithm for a public key': json({ keys: [{ ...key.jwk, alg: 'HS256' }] }),
  'no signature at all': json({ keys: [{ ...key.jwk, alg: 'none' }] }),
  'an algorithm of another type of key': json({ keys: [{ ...key.jwk, alg: 'RS256' }] }),
  'a curve of another algorithm': json({ keys: [{ ...key.jwk, alg: 'ES384' }] }),
  'an algorithm that is no text': json({ keys: [{ ...key.jwk, alg: 256 }] }),
  'keys for encryption': json({ keys: [{ ...key.jwk, use: 'enc' }] }),
  'keys for something else': json({ keys: [{ ...key.jwk, key_ops: ['sign'] }] }),
  'a short RSA key': json({ keys: [{ ...weak, kid: 'weak', alg: 'RS256' }] }),
  'a key without its members': json({ keys: [{ ...key.jwk, x: undefined }] }),
  'a point that is not on the curve': json({ keys: [{ ...key.jwk, x: key.jwk.y, y: key.jwk.x }] }),
  'too many keys': json({ keys: Array.from({ length: 101 }, (_, i) => ({ ...key.jwk, kid: String(i) })) }),
  'too many bytes': json(`{"keys":[]${' '.repeat(600_000)}}`),
  'bytes that are no UTF-8': (_request, response) => response.end(Buffer.from([0xff, 0xfe])),
  'a redirect': status(302, { location: 'http://127.0.0.1:1/jwks.json' }),
  'nothing new, though nobody asked': status(304),
  'a server error': status(500),
  'not found': status(404),
}

for (const [name, handler] of Object.entries(bad)) {
  t.test(`does not take: ${name}`, async (t) => {
    const issuer = await startStubIssuer(t)
    const verifier = startVerifier(t, { ...issuer.options, refreshIntervalMs: 20 })
    const token = await issuer.token()
    t.equal(await verdictOf(verifier, token), 'valid')
    const before = issuer.count(JWKS)
    // Only a set that is asked for as a whole is answered with 304 by mistake.
    issuer.answer(JWKS, (request, response) => {
      delete request.headers['if-none-match']
      handler(request, response)
    })
    await until(() => verifier.faults.some(({ part }) => part === 'keys') || name.startsWith('nothing new'))
    await until(() => issuer.count(JWKS) > before + 2)
    t.equal(await verdictOf(verifier, token), 'valid')
    t.strictSame(verifier.state().keys, [issuer.key.jwk.kid])
  })
  t.test(`does not begin with: ${name}`, async (t) => {
    const issuer = await startStubIssuer(t)
    issuer.answer(JWKS, handler)
    const verifier = startVerifier(t, { ...issuer.options, revocationsUri: false })
    t.equal(await verdictOf(verifier, await issuer.token()), 'uncheckable no_keys')
    t.strictSame(partsOf(verifier), ['keys'])
    t.equal(verifier.state().secondsUntilRefused, 0)
  })
}

t.test('keys for others are passed over', async (t) => {
  const issuer = await startStubIssuer(t)
  const quantum = { kty: 'AKP', alg: 'ML-DSA-44', kid: 'quantum', pub: 'AAAA' }
  const encryption = { ...(await newKey('RS256')).jwk, use: 'enc', kid: 'encryption' }
  issuer.publish(quantum, encryption, (await newKey('ES384')).jwk, issuer.key.jwk)
  const verifier = startVerifier(t, issuer.options)
  await verifier.ready()
  t.strictSame(verifier.state().keys, [issuer.key.jwk.kid])
})

t.test('a key without an algorithm is for the one that fits, if there is but one', async (t) => {
  const [rsa, ec] = await Promise.all([newKey('RS256'), newKey('ES256')])
  const issuer = await startStubIssuer(t)
  issuer.publish({ ...rsa.jwk, alg: undefined }, { ...ec.jwk, alg: undefined })
  const both = startVerifier(t, issuer.options)
  const one = startVerifier(t, { ...issuer.options, algorithms: ['RS256', 'ES256'] })
  await Promise.all([both.ready(), one.ready()])
  t.strictSame(both.state().keys, [ec.jwk.kid], 'RS256 and PS256 both fit the RSA key')
  t.strictSame(one.state().keys, [rsa.jwk.kid, ec.jwk.kid])
})

t.test('an unchanged set is not sent again', async (t) => {
  const issuer = await startStubIssuer(t)
  const etags: (string | undefined)[] = []
  const { jwk } = issuer.key
  issuer.answer(JWKS, (request, response) => {
    etags.push(request.headers['if-none-match'])
    if (request.headers['if-none-match'] === '"a"') response.writeHead(304).end()
    else json({ keys: [jwk] }, { etag: '"a"' })(request, response)
  })
  const clock = fakeClock({ wall: Date.now() })
  const verifier = startVerifier(t, { ...issuer.options, refreshIntervalMs: 20, clock })
  await verifier.ready()
  clock.advance(5000)
  t.equal(verifier.state().keysAgeMs, 5000)
  const asked = etags.length
  await until(() => etags.length > asked + 1)
  t.strictSame(new Set(etags), new Set([undefined, '"a"']))
  t.equal(verifier.state().keysAgeMs, 0, 'a 304 confirms the keys')
  t.equal(await verdictOf(verifier, await issuer.token()), 'valid')
})

t.test('the metadata must be that of the issuer', async (t) => {
  const issuer = await startStubIssuer(t)
  const jwks_uri = issuer.url + JWKS
  const wrong: Record<string, unknown> = {
    'of another issuer': { issuer: 'https://other.example', jwks_uri },
    'of the issuer with a slash': { issuer: `${issuer.url}/`, jwks_uri },
    'without a key set': { issuer: issuer.url },
    'with a key set in the clear': { issuer: issuer.url, jwks_uri: 'http://keys.example/jwks.json' },
    'with a key set in a file': { issuer: issuer.url, jwks_uri: 'file:///etc/passwd' },
    nothing: null,
  }
  for (const [name, document] of Object.entries(wrong)) {
    issuer.answer(METADATA, json(document))
    const verifier = startVerifier(t, { ...issuer.options, revocationsUri: false })
    t.equal(await verdictOf(verifier, await issuer.token()), 'uncheckable no_keys', name)
    t.strictSame(partsOf(verifier), ['keys'])
  }
  t.equal(issuer.count(JWKS), 0)
})

t.test('a key set that has moved is found again', async (t) => {
  const issuer = await startStubIssuer(t)
  const verifier = startVerifier(t, { ...issuer.options, refreshIntervalMs: 20 })
  await verifier.ready()
  const next = await newKey()
  issuer.answer(JWKS, status(410))
  issuer.answer('/keys', json({ keys: [issuer.key.jwk, next.jwk] }))
  issuer.answer(METADATA, json({ issuer: issuer.url, jwks_uri: `${issuer.url}/keys` }))
  await until(() => verifier.state().keys.length === 2)
  t.equal(await verdictOf(verifier, await issuer.token({ key: next })), 'valid')
})

t.test('a key that is withdrawn is dropped by the next look, without any news of it', async (t) => {
  const issuer = await startStubIssuer(t)
  const next = await newKey()
  issuer.publish(issuer.key.jwk, next.jwk)
  const verifier = startVerifier(t, { ...issuer.options, revocationsUri: false, refreshIntervalMs: 20 })
  const changes: unknown[] = []
  verifier.on('keys', (change) => changes.push(change))
  const token = await issuer.token()
  t.equal(await verdictOf(verifier, token), 'valid')
  issuer.publish(next.jwk)
  await until(() => verifier.state().keys.length === 1)
  t.equal(await verdictOf(verifier, token), 'invalid_token withdrawn_key')
  t.strictSame(changes.at(-1), { kids: [next.jwk.kid], removed: [issuer.key.jwk.kid] })
})

t.test('a key whose material changed under its id verifies by the new one', async (t) => {
  const issuer = await startStubIssuer(t)
  const verifier = startVerifier(t, { ...issuer.options, refreshIntervalMs: 20 })
  const token = await issuer.token()
  t.equal(await verdictOf(verifier, token), 'valid')
  const other = await newKey('ES256', issuer.key.jwk.kid)
  issuer.publish(other.jwk)
  await until(async () => (await verdictOf(verifier, token)) === 'invalid_token bad_signature')
  t.equal(await verdictOf(verifier, await issuer.token({ key: other })), 'valid')
})
