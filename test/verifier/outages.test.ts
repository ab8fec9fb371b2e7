import t from 'tap'
import { newSession, until } from '../fixtures/app.ts'
import { startWorld } from '../routes/world.ts'
import { type Front, hang, JWKS, status } from './front.ts'
import { startIssuer, startVerifier, verdictOf } from './verifiers.ts'

// Whatever becomes of the issuer, tokens are verified as before.

const world = await startWorld(t)
const { app, front, options, token } = await startIssuer(t, world)
t.afterEach(() => front.reset())

const outages: Record<string, (front: Front) => unknown> = {
  'refuses connections': (front) => front.close(),
  'answers with 503': (front) => front.answerAll(status(503, { 'retry-after': '30' })),
  'answers with 500': (front) => front.answerAll(status(500)),
  'takes requests and never answers': (front) => front.answerAll(hang),
  'resets connections': (front) => front.answerAll((request) => request.socket.resetAndDestroy()),
  'answers with the page of a proxy': (front) => front.answerAll((_request, response) => response.end('<html>')),
}

for (const [name, strike] of Object.entries(outages)) {
  t.test(`the issuer ${name}`, async (t) => {
    const verifier = startVerifier(t, { ...options, refreshIntervalMs: 50, requestTimeoutMs: 200 })
    const [held, ended] = await Promise.all([newSession(app), newSession(app)])
    await verifier.ready()
    await until(() => verifier.state().following === 'stream')
    await app.call('POST', '/auth/logout', { token: ended.access_token })
    await until(() => verifier.isRevoked(ended.session_id))

    await strike(front)
    front.cut()
    await until(() => verifier.faults.some(({ part }) => part === 'keys'))
    await until(() => verifier.state().following === 'none')
    t.equal(await verdictOf(verifier, held.access_token), 'valid')
    t.equal(await verdictOf(verifier, ended.access_token), 'invalid_token session_revoked')
    t.equal(verifier.state().secondsUntilRefused, Number.POSITIVE_INFINITY)

    // The other way round too: what happened meanwhile is learned, and nobody has to do anything.
    await app.call('POST', '/auth/logout', { token: held.access_token })
    await front.reset()
    await until(() => verifier.isRevoked(held.session_id), 15_000)
    await until(() => verifier.state().following === 'stream', 15_000)
    t.equal(await verdictOf(verifier, await token()), 'valid')
  })
}

t.test('a fault that goes on is told of once, and counted', async (t) => {
  const verifier = startVerifier(t, { ...options, refreshIntervalMs: 20, revocationsUri: false })
  await verifier.ready()
  front.answerAll(status(503))
  const before = front.count(JWKS)
  await until(() => front.count(JWKS) > before + 3)
  t.equal(verifier.faults.length, 1)
  t.match(verifier.faults, [{ part: 'keys', error: { message: 'answered with 503' } }])
  await until(() => /faults_total{part="keys"} [3-9]/.test(verifier.metrics()))
})

t.test('without keys nothing is said of a token, and nobody waits for long', async (t) => {
  const good = await token()
  front.answerAll(hang)
  const verifier = startVerifier(t, { ...options, requestTimeoutMs: 200 })
  const error = await verifier.verify(good).catch((error) => error)
  t.match(error, { name: 'UncheckableTokenError', code: 'uncheckable', reason: 'no_keys' })
  t.ok(Number.isInteger(error.retryAfterS) && error.retryAfterS >= 1)
  t.equal(await verdictOf(verifier, 'rubbish'), 'invalid_token malformed', 'what needs no key is said all the same')
  const began = performance.now()
  t.equal(await verdictOf(verifier, good), 'uncheckable no_keys')
  t.ok(performance.now() - began < 100, 'at once from then on')
  front.answerAll(undefined)
  front.cut()
  await verifier.ready()
  t.equal(await verdictOf(verifier, good), 'valid')
})

t.test('closed, it asks nobody any more', async (t) => {
  const verifier = startVerifier(t, { ...options, refreshIntervalMs: 20 })
  await until(() => verifier.state().following === 'stream')
  const good = await token()
  await verifier.close()
  await verifier.close()
  const asked = front.count(JWKS)
  t.equal(await verdictOf(verifier, good), 'uncheckable closed')
  t.match(verifier.state(), { following: 'none', secondsUntilRefused: 0 })
  await new Promise((resolve) => setImmediate(resolve))
  t.equal(front.count(JWKS), asked)
  t.strictSame(verifier.faults, [])

  front.answerAll(hang)
  const early = startVerifier(t, options)
  const ready = early.ready()
  await early.close()
  await t.rejects(ready, { code: 'uncheckable', reason: 'closed' })
})
