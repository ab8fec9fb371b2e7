import t from 'tap'
import { newSession, until } from '../fixtures/app.ts'
import { startWorld } from '../routes/world.ts'
import { isStream, json, noStream, passOn, REVOCATIONS } from './front.ts'
import { startIssuer, startVerifier, verdictOf } from './verifiers.ts'

// A session that has ended is refused here too, whatever becomes of the stream.

const STREAM_BOUND_MS = 1000
const POLLING_BOUND_MS = 2000

const world = await startWorld(t)
const { app, front, options, token } = await startIssuer(t, world)
t.afterEach(() => front.reset())
const logout = ({ access_token: token }: { access_token: string }) => app.call('POST', '/auth/logout', { token })

for (const [way, boundMs] of [
  ['stream', STREAM_BOUND_MS],
  ['polling', POLLING_BOUND_MS],
] as const) {
  t.test(`a logout is heard of by ${way}`, async (t) => {
    if (way === 'polling') front.answer(REVOCATIONS, noStream(app.url))
    const verifier = startVerifier(t, options)
    const told: string[] = []
    verifier.on('revoked', ({ sessionId }) => told.push(sessionId))
    await until(() => verifier.state().following === way)
    const times: number[] = []
    const ended: string[] = []
    for (let run = 0; run < 4; run += 1) {
      const [session, other] = await Promise.all([newSession(app), newSession(app)])
      t.equal(await verdictOf(verifier, session.access_token), 'valid')
      t.equal((await logout(session)).status, 204)
      const begin = performance.now()
      await until(async () => (await verdictOf(verifier, session.access_token)) === 'invalid_token session_revoked')
      times.push(Math.round(performance.now() - begin))
      ended.push(session.session_id)
      t.equal(await verdictOf(verifier, other.access_token), 'valid', 'nobody else is')
    }
    t.comment(`refused after ${times.join(', ')} ms`)
    t.ok(Math.max(...times) < boundMs)
    t.strictSame(
      told.filter((id) => ended.includes(id)),
      ended,
      'each is told of once',
    )
  })
}

t.test('what was revoked before the start is known at the start', async (t) => {
  const session = await newSession(app)
  await logout(session)
  await until(async () => JSON.stringify((await app.call('GET', REVOCATIONS)).body).includes(session.session_id))
  const verifier = startVerifier(t, options)
  await verifier.ready()
  t.equal(await verdictOf(verifier, session.access_token), 'invalid_token session_revoked')
})

t.test('a stream that dies is replaced by polling, then by a stream, and nothing is missed', async (t) => {
  const verifier = startVerifier(t, options)
  for (let round = 0; round < 3; round += 1) {
    await until(() => verifier.state().following === 'stream')
    front.answer(REVOCATIONS, noStream(app.url))
    const sessions = await Promise.all(Array.from({ length: 5 }, () => newSession(app)))
    const [last, ...first] = sessions
    front.cut()
    await Promise.all(first.map((session) => logout(session)))
    await until(() => verifier.state().following === 'polling')
    await until(() => first.every(({ session_id }) => verifier.isRevoked(session_id)), POLLING_BOUND_MS)
    front.answer(REVOCATIONS, undefined)
    if (last) await logout(last)
    await until(() => sessions.every(({ session_id }) => verifier.isRevoked(session_id)), POLLING_BOUND_MS)
  }
  await until(() => verifier.state().following === 'stream')
})

t.test('a stream that is open but silent is not waited for', async (t) => {
  // As a proxy does that lost its connection and did not notice.
  let silent = false
  front.answer(REVOCATIONS, (request, response) => {
    if (!isStream(request)) return passOn(app.url, request, response)
    if (silent) return void response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    const write = response.write.bind(response)
    response.write = ((...args: Parameters<typeof write>) => silent || write(...args)) as typeof write
    passOn(app.url, request, response)
  })
  // Silence counts by half of the time for which it is believed.
  const verifier = startVerifier(t, { ...options, maxStalenessMs: 1000, pollIntervalMs: 100 })
  await until(() => verifier.state().following === 'stream')
  silent = true
  const session = await newSession(app)
  await logout(session)
  await until(async () => (await verdictOf(verifier, session.access_token)) === 'invalid_token session_revoked')
  t.equal(verifier.state().following, 'polling')
  t.ok(verifier.state().secondsUntilRefused > 0, 'and it was not stale for a moment')
})

t.test('a server that restarts and has forgotten the cursor tells everything again', async (t) => {
  const verifier = startVerifier(t, options)
  const session = await newSession(app)
  await until(() => verifier.state().following === 'stream')
  await logout(session)
  await until(() => verifier.isRevoked(session.session_id))
  // Another server with the same keys is not needed to see that a revocation outlives the reset.
  const asked: string[] = []
  front.answer(REVOCATIONS, (request, response) => {
    if (isStream(request)) return void response.writeHead(406).end()
    asked.push(request.url ?? '')
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ cursor: '9-9', events: [], reset: true }))
  })
  front.cut()
  await until(() => asked.some((url) => url.includes('since=9-9')))
  t.equal(await verdictOf(verifier, session.access_token), 'invalid_token session_revoked')
})

t.test('an event that can not be read does not keep the others away', async (t) => {
  const verifier = startVerifier(t, { ...options, pollIntervalMs: 50 })
  await until(() => verifier.state().following === 'stream')
  const expires_at = new Date(Date.now() + 60_000).toISOString()
  const events = [
    { type: 'session_revoked', session_id: '' },
    { type: 'keys_changed', epoch: 'two' },
    { type: 'from the future', what: 1 },
    { type: 'session_revoked', session_id: 'good', at: '', expires_at },
  ]
  front.answer(REVOCATIONS, (request, response) => {
    if (!isStream(request)) return passOn(app.url, request, response)
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const data of ['rubbish', ...events.map((event) => JSON.stringify(event))]) response.write(`data: ${data}\n\n`)
  })
  front.cut()
  await until(() => verifier.isRevoked('good'))
  t.ok(verifier.faults.some(({ error }) => /malformed/.test(error.message)))
  front.answer(REVOCATIONS, json({ cursor: '1-0', events: [...events, { ...events[3], session_id: 'better' }] }))
  front.cut()
  await until(() => verifier.isRevoked('better'))
  t.equal(await verdictOf(verifier, await token()), 'valid')
})

t.test('a listener with a fault harms nobody else', async (t) => {
  const verifier = startVerifier(t, options)
  const told: string[] = []
  verifier.on('revoked', () => {
    throw new Error('mine')
  })
  verifier.on('error', () => {
    throw new Error('mine too')
  })
  const forget = verifier.on('revoked', () => told.push('never'))
  verifier.on('revoked', ({ sessionId }) => told.push(sessionId))
  forget()
  await until(() => verifier.state().following === 'stream')
  const session = await newSession(app)
  await logout(session)
  await until(() => told.includes(session.session_id))
  t.notOk(told.includes('never'))
  t.match(verifier.faults, [{ part: 'listener', error: { message: 'mine' } }])
})
