import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ADMIN_KEY, newSession, until } from '../fixtures/app.ts'
import { fakeClock } from '../fixtures/fake-clock.ts'
import { startServerProcess } from '../fixtures/server-process.ts'
import { temporaryFolder } from '../fixtures/temporary-folder.ts'
import { startWorld } from '../routes/world.ts'
import { JWKS, json, status } from './front.ts'
import { newKey, startStubIssuer } from './stub-issuer.ts'
import { partsOf, startIssuer, startVerifier, verdictOf } from './verifiers.ts'

// A service starts while the issuer is down, from what it knew when it ended.

const world = await startWorld(t)
const newFile = (t: Test) => join(temporaryFolder(t), 'snapshot.json')

t.test('starts from the snapshot while the server is dead, and learns the rest when it is back', async (t) => {
  const snapshotFile = newFile(t)
  const env = await world.environment()
  const server = await startServerProcess(t, env)
  const { url } = server
  const options = {
    issuer: String(env.ISSUER),
    jwksUri: url + JWKS,
    revocationsUri: `${url}/auth/revocations`,
    audience: String(env.AUDIENCE),
    snapshotFile,
  }
  const [held, ended] = await Promise.all([newSession(server), newSession(server)])
  const before = startVerifier(t, options)
  await until(() => before.state().following === 'stream')
  await server.call('POST', '/auth/logout', { token: ended.access_token })
  await until(() => before.isRevoked(ended.session_id))
  await before.close()
  server.child.kill('SIGKILL')
  await until(() => server.child.signalCode !== null)

  const began = performance.now()
  const after = startVerifier(t, options)
  await after.ready()
  t.comment(`ready after ${Math.round(performance.now() - began)} ms`)
  t.equal(await verdictOf(after, held.access_token), 'valid')
  t.equal(await verdictOf(after, ended.access_token), 'invalid_token session_revoked')
  t.match(after.state(), { fromSnapshot: true, revokedSessions: 1, following: 'none' })
  await until(() => partsOf(after).includes('keys') && partsOf(after).includes('revocations'))
})

t.test('the file is replaced as a whole, for its owner alone, and holds no secret', async (t) => {
  const snapshotFile = newFile(t)
  const { app, options } = await startIssuer(t, world)
  const verifier = startVerifier(t, { ...options, snapshotFile })
  const session = await newSession(app)
  await verifier.ready()
  const read = () => JSON.parse(readFileSync(snapshotFile, 'utf8'))
  await until(() => readdirSync(join(snapshotFile, '..')).includes('snapshot.json'))
  t.equal(statSync(snapshotFile).mode & 0o777, 0o600)
  const kids = (): string[] => read().keys.map(({ kid }: { kid: string }) => kid)
  t.strictSame(kids(), verifier.state().keys)
  await app.call('POST', '/auth/logout', { token: session.access_token })
  await until(() => read().revoked.some(([id]: [string]) => id === session.session_id))
  const { ino } = statSync(snapshotFile)
  const before = kids()
  await app.call('POST', '/admin/keys/revoke-all', { token: ADMIN_KEY, body: { reason: 'test' } })
  await until(() => !kids().some((kid) => before.includes(kid)))
  t.not(statSync(snapshotFile).ino, ino)
  await verifier.close()
  t.strictSame(readdirSync(join(snapshotFile, '..')), ['snapshot.json'], 'no draft is left')
  t.notMatch(readFileSync(snapshotFile, 'utf8'), /"d"|email|eyJ/)
})

t.test('keys that were void at the end are void at the start', async (t) => {
  const snapshotFile = newFile(t)
  const issuer = await startIssuer(t, world)
  const { app, front, options } = issuer
  const clock = fakeClock({ wall: Date.now() })
  const verifier = startVerifier(t, { ...options, snapshotFile, clock })
  await until(() => verifier.state().following === 'stream')
  const old = await issuer.token()
  const before = (await app.call('GET', JWKS)).body
  clock.advance(60_000)
  front.answer(JWKS, status(503))
  await app.call('POST', '/admin/keys/revoke-all', { token: ADMIN_KEY, body: { reason: 'test' } })
  await until(() => verifier.state().keys.length === 0)
  await verifier.close()
  // A cache goes on serving the old set.
  front.answer(JWKS, json(before))
  const next = startVerifier(t, { ...options, snapshotFile })
  await until(() => partsOf(next).includes('keys'))
  t.equal(await verdictOf(next, old), 'uncheckable keys_void')
  front.answer(JWKS, undefined)
  await next.ready()
  t.equal(await verdictOf(next, old), 'invalid_token withdrawn_key')
  await next.close()
  const last = startVerifier(t, { ...options, snapshotFile })
  front.answer(JWKS, json(before))
  await last.ready()
  t.equal(await verdictOf(last, old), 'invalid_token withdrawn_key', 'and for good')
})

t.test('an emergency that was missed voids the keys of the snapshot', async (t) => {
  const snapshotFile = newFile(t)
  const issuer = await startIssuer(t, world)
  const { app, front, options } = issuer
  const old = await issuer.token()
  const verifier = startVerifier(t, { ...options, snapshotFile })
  await verifier.ready()
  await verifier.close()
  await app.call('POST', '/admin/keys/revoke-all', { token: ADMIN_KEY, body: { reason: 'test' } })
  front.answer(JWKS, status(503))
  const next = startVerifier(t, { ...options, snapshotFile })
  await until(() => next.state().keys.length === 0 && next.state().revocationsAgeMs < 5000)
  t.equal(await verdictOf(next, old), 'uncheckable keys_void')
  front.answer(JWKS, undefined)
  await until(async () => (await verdictOf(next, old)) === 'invalid_token withdrawn_key')
})

t.test('staleness counts from the time of the snapshot', async (t) => {
  const snapshotFile = newFile(t)
  const issuer = await startStubIssuer(t)
  const clock = fakeClock({ wall: Date.now() })
  const options = { ...issuer.options, snapshotFile, clock, maxStalenessMs: 3_600_000 }
  const token = await issuer.token({ claims: { exp: Math.floor(Date.now() / 1000) + 86_400 } })
  const verifier = startVerifier(t, options)
  t.equal(await verdictOf(verifier, token), 'valid')
  await until(() => verifier.state().revocationsAgeMs === 0)
  await verifier.close()
  issuer.answerAll(status(503))
  clock.advance(3_599_000)
  const hourLater = startVerifier(t, options)
  t.equal(await verdictOf(hourLater, token), 'valid')
  t.equal(hourLater.state().secondsUntilRefused, 1)
  clock.advance(1000)
  t.equal(await verdictOf(hourLater, token), 'uncheckable keys_stale')
  const tooLate = startVerifier(t, options)
  await tooLate.ready()
  t.equal(await verdictOf(tooLate, token), 'uncheckable keys_stale')
  clock.jump(-7_200_000)
  const backInTime = startVerifier(t, options)
  await backInTime.ready()
  t.equal(backInTime.state().keysAgeMs, 0, 'a snapshot from the future is as old as now')
})

t.test('a snapshot that is no good is ignored, and said so', async (t) => {
  const issuer = await startStubIssuer(t)
  const other = await newKey()
  const good = {
    version: 1,
    issuer: issuer.url,
    jwksUri: null,
    keysConfirmedAt: Date.now(),
    epoch: 1,
    voidKids: [],
    cursor: '1-0',
  }
  const whole = { ...good, revocationsConfirmedAt: null, keys: [other.jwk], revoked: [] }
  const bad: Record<string, unknown> = {
    empty: '',
    torn: JSON.stringify(whole).slice(0, 100),
    'no object': 'null',
    'of another version': { ...whole, version: 2 },
    'of another issuer': { ...whole, issuer: 'https://other.example' },
    'of another key set': { ...whole, jwksUri: 'https://other.example/jwks.json' },
    'without keys': { ...whole, keys: undefined },
    'with broken ids': { ...whole, voidKids: [1] },
    'with a broken key': { ...whole, keys: [{ ...other.jwk, x: 'AAAA' }] },
    'with a symmetric key': { ...whole, keys: [{ kty: 'oct', k: 'AAAA', kid: 'secret', alg: 'HS256' }] },
    'with broken revocations': { ...whole, revoked: [['id']] },
    'with a broken time': { ...whole, keysConfirmedAt: 'yesterday' },
  }
  for (const [name, content] of Object.entries(bad)) {
    const snapshotFile = newFile(t)
    writeFileSync(snapshotFile, typeof content === 'string' ? content : JSON.stringify(content))
    const verifier = startVerifier(t, { ...issuer.options, snapshotFile, revocationsUri: false })
    await verifier.ready()
    t.strictSame(partsOf(verifier), ['snapshot'], name)
    t.strictSame(verifier.state().keys, [issuer.key.jwk.kid])
    await verifier.close()
    t.strictSame(JSON.parse(readFileSync(snapshotFile, 'utf8')).keys, [issuer.key.jwk], 'a good one takes its place')
  }
  const snapshotFile = newFile(t)
  writeFileSync(snapshotFile, JSON.stringify(whole))
  chmodSync(snapshotFile, 0o666)
  const verifier = startVerifier(t, { ...issuer.options, snapshotFile, revocationsUri: false })
  await verifier.ready()
  t.strictSame(verifier.state().keys, [issuer.key.jwk.kid], 'one that everybody may write is not believed')
  t.strictSame(partsOf(verifier), ['snapshot'])
})

t.test('a place that can not be written is reported, and nothing else', async (t) => {
  const issuer = await startStubIssuer(t)
  const folder = newFile(t)
  mkdirSync(folder)
  for (const snapshotFile of [folder, join(folder, 'missing', 'snapshot.json')]) {
    const verifier = startVerifier(t, { ...issuer.options, snapshotFile, revocationsUri: false })
    t.equal(await verdictOf(verifier, await issuer.token()), 'valid')
    await verifier.close()
    t.ok(partsOf(verifier).every((part) => part === 'snapshot') && verifier.faults.length > 0)
  }
})
