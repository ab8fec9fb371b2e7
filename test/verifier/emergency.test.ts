import t, { type Test } from 'tap'
import type { Verifier } from '../../verifier/index.ts'
import { ADMIN_KEY, until } from '../fixtures/app.ts'
import { startWorld } from '../routes/world.ts'
import { JWKS, noStream, REVOCATIONS, status } from './front.ts'
import { startIssuer, startVerifier, verdictOf } from './verifiers.ts'

// After "Revoke All" no token of the old keys is accepted; after a planned rotation every token is.

const BOUND_MS = 2000
const RUNS = 3

const world = await startWorld(t)
const { app, front, options, token } = await startIssuer(t, world)
t.afterEach(() => front.reset())
const rotate = () => app.call('POST', '/admin/keys/rotate', { token: ADMIN_KEY })
const revokeAll = () => app.call('POST', '/admin/keys/revoke-all', { token: ADMIN_KEY, body: { reason: 'test' } })

/** How long the old token was accepted after the answer to "Revoke All". */
async function timeOfRefusal(t: Test, verifier: Verifier): Promise<number> {
  const old = await token()
  t.equal(await verdictOf(verifier, old), 'valid')
  t.equal((await revokeAll()).status, 200)
  const begin = performance.now()
  await until(async () => /^invalid_token (withdrawn|unknown)_key$/.test(await verdictOf(verifier, old)), 5000)
  const time = performance.now() - begin
  t.equal(await verdictOf(verifier, await token()), 'valid', 'a token of the new key')
  t.equal(await verdictOf(verifier, old), 'invalid_token withdrawn_key', 'the old one for good')
  return time
}

const ways = {
  'the stream': { following: 'stream', prepare: () => {} },
  polling: {
    following: 'polling',
    prepare: () => front.answer(REVOCATIONS, noStream(app.url)),
  },
} as const

for (const [name, { following, prepare }] of Object.entries(ways)) {
  t.test(`Revoke All reaches the verifier by ${name}`, async (t) => {
    prepare()
    const verifier = startVerifier(t, options)
    await until(() => verifier.state().following === following)
    const times: number[] = []
    for (let run = 0; run < RUNS; run += 1) times.push(Math.round(await timeOfRefusal(t, verifier)))
    t.comment(`refused after ${times.join(', ')} ms`)
    t.ok(Math.max(...times) < BOUND_MS)
  })
}

t.test('Revoke All reaches a verifier that hears of no revocations, by its next look at the keys', async (t) => {
  front.answer(REVOCATIONS, status(404))
  const verifier = startVerifier(t, { ...options, refreshIntervalMs: 200 })
  await verifier.ready()
  t.ok((await timeOfRefusal(t, verifier)) < BOUND_MS)
})

t.test('the first token of the new key, before any news of it, is accepted', async (t) => {
  const verifier = startVerifier(t, { ...options, revocationsUri: false })
  const old = await token()
  t.equal(await verdictOf(verifier, old), 'valid')
  await revokeAll()
  t.equal(await verdictOf(verifier, await token()), 'valid')
  t.equal(await verdictOf(verifier, old), 'invalid_token withdrawn_key')
})

for (const [name, { following, prepare }] of Object.entries(ways)) {
  t.test(`planned rotations refuse no token, followed by ${name}`, async (t) => {
    prepare()
    const verifier = startVerifier(t, { ...options, refreshIntervalMs: 50 })
    await until(() => verifier.state().following === following)
    const tokens = [await token()]
    const verdicts = new Map<string, number>()
    let going = true
    t.teardown(() => {
      going = false
    })
    const load = (async () => {
      while (going) {
        for (const token of tokens) {
          const verdict = await verdictOf(verifier, token)
          verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1)
        }
        await new Promise((resolve) => setImmediate(resolve))
      }
    })()
    for (let rotation = 0; rotation < 4; rotation += 1) {
      t.equal((await rotate()).status, 200)
      tokens.push(await token())
    }
    const { keys } = (await app.call('GET', JWKS)).body as { keys: { kid: string }[] }
    await until(() => keys.every(({ kid }) => verifier.state().keys.includes(kid)))
    going = false
    await load
    t.strictSame([...verdicts.keys()], ['valid'], `${verdicts.get('valid')} times`)
  })
}
