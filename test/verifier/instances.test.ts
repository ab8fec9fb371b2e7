import t from 'tap'
import { sessionOn } from '../faults/world.ts'
import { until } from '../fixtures/app.ts'
import { revokeAll, rotate, sharedEnvironment, startPair } from '../multi/instances.ts'
import { passOn, startFront } from './front.ts'
import { startVerifier, verdictOf } from './verifiers.ts'

// Two instances behind a load balancer that takes them by turns: what one has done the other learns a moment later.

const BOUND_MS = 2000

const front = await startFront(t)
const env = await sharedEnvironment(t, { ISSUER: front.url })
const [a, b] = await startPair(t, env)
let turn = 0
front.answerAll((request, response) => {
  turn += 1
  passOn(turn % 2 === 0 ? a.url : b.url, request, response)
})
const options = { issuer: front.url, audience: String(env.AUDIENCE) }

t.test('Revoke All on one of them', async (t) => {
  const verifiers = Array.from({ length: 4 }, () => startVerifier(t, options))
  await until(() => verifiers.every((verifier) => verifier.state().following === 'stream'))
  const times: number[] = []
  for (let run = 0; run < 4; run += 1) {
    const { access_token: old } = await sessionOn(a)
    for (const verifier of verifiers) t.equal(await verdictOf(verifier, old), 'valid')
    t.equal((await revokeAll(a)).status, 200)
    const begin = performance.now()
    const { access_token: fresh } = await sessionOn(a)
    const first = Promise.all(verifiers.map((verifier) => verdictOf(verifier, fresh)))
    await until(async () => {
      const verdicts = await Promise.all(verifiers.map((verifier) => verdictOf(verifier, old)))
      return verdicts.every((verdict) => verdict === 'invalid_token withdrawn_key')
    }, 5000)
    times.push(Math.round(performance.now() - begin))
    t.strictSame(new Set(await first), new Set(['valid']), 'the first token of the new key is refused by none')
    for (const verifier of verifiers) t.equal(await verdictOf(verifier, old), 'invalid_token withdrawn_key')
  }
  t.comment(`refused by all after ${times.join(', ')} ms`)
  t.ok(Math.max(...times) < BOUND_MS)
})

t.test('planned rotations by turns', async (t) => {
  const verifier = startVerifier(t, options)
  await until(() => verifier.state().following === 'stream')
  const tokens = [(await sessionOn(a)).access_token]
  for (const instance of [a, b, a, b]) {
    t.equal((await rotate(instance)).status, 200)
    tokens.push((await sessionOn(instance)).access_token)
    for (const token of tokens) t.equal(await verdictOf(verifier, token), 'valid')
  }
})

t.test('a logout on one of them', async (t) => {
  const verifier = startVerifier(t, options)
  await until(() => verifier.state().following === 'stream')
  for (const instance of [a, b, a, b]) {
    const { access_token: token } = await sessionOn(instance)
    t.equal((await instance.call('POST', '/auth/logout', { token })).status, 204)
    const begin = performance.now()
    await until(async () => (await verdictOf(verifier, token)) === 'invalid_token session_revoked')
    t.ok(performance.now() - begin < 1000)
  }
})
