import t, { type Test } from 'tap'
import type { VerifierOptions } from '../../verifier/index.ts'
import { until } from '../fixtures/app.ts'
import { fakeClock } from '../fixtures/fake-clock.ts'
import { JWKS, REVOCATIONS, status } from './front.ts'
import { startStubIssuer } from './stub-issuer.ts'
import { startVerifier, verdictOf } from './verifiers.ts'

const HOUR_MS = 3_600_000

async function start(t: Test, more: Partial<VerifierOptions> = {}) {
  const issuer = await startStubIssuer(t)
  const clock = fakeClock({ wall: Date.now() })
  const options = { ...issuer.options, clock, refreshIntervalMs: 20, pollIntervalMs: 20, ...more }
  const verifier = startVerifier(t, options)
  const told: string[] = []
  verifier.on('stale', () => told.push('stale'))
  verifier.on('fresh', () => told.push('fresh'))
  await verifier.ready()
  const token = await issuer.token({ claims: { exp: Math.floor(Date.now() / 1000) + 10 * 86_400 } })
  /** From here on nothing is confirmed any more. */
  const silence = async () => {
    issuer.answerAll(status(503))
    await until(() => verifier.state().following === 'none')
    await until(() => verifier.faults.some(({ part }) => part === 'keys'))
  }
  return { issuer, clock, verifier, told, token, silence }
}

t.test('by default tokens are verified for ever', async (t) => {
  const { clock, verifier, token, silence, told } = await start(t)
  await silence()
  clock.advance(7 * 24 * HOUR_MS)
  t.equal(await verdictOf(verifier, token), 'valid')
  t.match(verifier.state(), { keysAgeMs: 7 * 24 * HOUR_MS, secondsUntilRefused: Number.POSITIVE_INFINITY })
  t.strictSame(told, [])
})

t.test('with a bound they are uncheckable beyond it, until the issuer is back', async (t) => {
  const { issuer, clock, verifier, token, silence, told } = await start(t, { maxStalenessMs: HOUR_MS })
  await silence()
  clock.advance(HOUR_MS - 30_000)
  t.equal(await verdictOf(verifier, token), 'valid')
  t.equal(verifier.state().secondsUntilRefused, 30)
  t.match(verifier.metrics(), /tokenforge_verifier_seconds_until_refused 30\n/)
  clock.advance(30_000)
  const error = await verifier.verify(token).catch((error) => error)
  t.match(error, { code: 'uncheckable', reason: 'keys_stale' })
  t.ok(error.retryAfterS >= 1)
  t.equal(verifier.state().secondsUntilRefused, 0)
  t.equal(await verdictOf(verifier, 'rubbish'), 'invalid_token malformed', 'proof is proof all the same')
  issuer.answerAll(undefined)
  await until(async () => (await verdictOf(verifier, token)) === 'valid')
  t.strictSame(told, ['stale', 'fresh'])
})

t.test('keys that are confirmed do not make up for revocations that are not', async (t) => {
  const { issuer, clock, verifier, token } = await start(t, { maxStalenessMs: HOUR_MS })
  issuer.answer(REVOCATIONS, status(503))
  await until(() => verifier.state().following === 'none')
  clock.advance(HOUR_MS)
  const asked = issuer.count(JWKS)
  await until(() => issuer.count(JWKS) > asked + 1 && verifier.state().keysAgeMs === 0)
  t.equal(await verdictOf(verifier, token), 'uncheckable revocations_stale')
})

t.test('revocations that are not followed do not count', async (t) => {
  const { clock, verifier, token } = await start(t, { maxStalenessMs: HOUR_MS, revocationsUri: false })
  clock.advance(2 * HOUR_MS)
  await until(() => verifier.state().keysAgeMs === 0)
  t.equal(await verdictOf(verifier, token), 'valid')
  t.equal(verifier.state().revocationsAgeMs, 0)
})

t.test('the other policy reports and accepts', async (t) => {
  const more = { maxStalenessMs: HOUR_MS, whenStale: 'accept' } as const
  const { clock, verifier, token, silence, told } = await start(t, more)
  await silence()
  clock.advance(2 * HOUR_MS)
  t.equal(await verdictOf(verifier, token), 'valid')
  t.equal(verifier.state().secondsUntilRefused, Number.POSITIVE_INFINITY)
  t.strictSame(told, [])
})

t.test('it is told of when it comes, not when a token does', async (t) => {
  const issuer = await startStubIssuer(t)
  const verifier = startVerifier(t, { ...issuer.options, maxStalenessMs: 300, whenStale: 'accept' })
  const ages: number[] = []
  let fresh = false
  verifier.on('stale', ({ keysAgeMs, revocationsAgeMs }) => ages.push(Math.max(keysAgeMs, revocationsAgeMs)))
  verifier.on('fresh', () => {
    fresh = true
  })
  await verifier.ready()
  issuer.answerAll(status(503))
  await until(() => ages.length > 0)
  t.ok(Number(ages[0]) >= 300)
  issuer.answerAll(undefined)
  await until(() => fresh)
})
