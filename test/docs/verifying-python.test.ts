import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { freePort } from '../../local/ports.ts'
import { until } from '../fixtures/app.ts'
import { temporaryFolder } from '../fixtures/temporary-folder.ts'
import { tampered } from '../interop/issuers.ts'
import { interpreter } from '../interop/python.ts'
import { hang, JWKS } from '../verifier/front.ts'
import { checkVerdicts, invented } from './checks.ts'
import { examplesUnder, withOurs } from './examples.ts'
import { startPlainClient } from './python-client.ts'
import { type Service, startService } from './service.ts'
import { startTokenSource } from './tokens.ts'

// docs/verifying.md, "Python, with PyJWT", as it stands there.

const python = await interpreter()
const source = await startTokenSource(t)
t.afterEach(() => source.front.reset())

async function start(t: Test, ours: Record<string, string> = {}): Promise<Service> {
  const [program] = examplesUnder('Python, with PyJWT', 'python')
  const [folder, port] = [temporaryFolder(t), await freePort()]
  const text = withOurs(program, {
    'https://auth.example.com': source.issuer,
    'https://api.example.com': source.audience,
    '8080': String(port),
    ...ours,
  })
  writeFileSync(join(folder, 'service.py'), text)
  return startService(t, { file: python, args: [join(folder, 'service.py')], cwd: folder, port })
}

t.test('what it accepts and refuses', async (t) => {
  const service = await start(t)
  await checkVerdicts(t, service, source)
  const ended = await source.loggedOut()
  await until(async () => (await service.statusOf(ended)) === 401, 3000)
})

t.test('auth is stopped: it goes on, and is in step when auth is back', async (t) => {
  const [service, held] = [await start(t), await source.good()]
  t.equal(await service.statusOf(held), 200)
  await source.front.close()
  t.equal(await service.statusOf(held), 200)
  t.equal(await service.statusOf(tampered(held)), 401)
  const { status, headers } = await service.ask(invented(held))
  t.equal(status, 503, 'a key id that it never saw')
  t.equal(headers.get('retry-after'), '5')
  t.equal(await service.statusOf(held), 200, 'an invented key id changes nothing')

  await source.front.reset()
  await source.revokeAll()
  await until(async () => (await service.statusOf(held)) === 401)
  t.equal(await service.statusOf(await source.good()), 200)
})

t.test('auth takes requests and never answers: nobody waits for it', async (t) => {
  const [service, held] = [await start(t), await source.good()]
  t.equal(await service.statusOf(held), 200)
  source.front.answerAll(hang)
  source.front.cut()
  const began = performance.now()
  t.equal(await service.statusOf(held), 200)
  t.ok(performance.now() - began < 1000)
  t.equal(await service.statusOf(invented(held)), 503)
  source.front.cut()
})

t.test('Revoke All: the old key within 2 s, the new one at once', async (t) => {
  const [service, held] = [await start(t), await source.good()]
  t.equal(await service.statusOf(held), 200)
  await source.revokeAll()
  const began = performance.now()
  t.equal(await service.statusOf(await source.good()), 200)
  await until(async () => (await service.statusOf(held)) === 401, 5000)
  t.ok(performance.now() - began < 2000)
  t.equal(await service.statusOf(await source.good()), 200)
})

t.test('a cache still has the old keys after Revoke All: they are used no more', async (t) => {
  // Keys that came within 5 s before the news may be those of the emergency; a test need not wait for that.
  const [service, held] = [await start(t, { 'now - 5': 'now' }), await source.good()]
  t.equal(await service.statusOf(held), 200)
  const keys = await (await fetch(source.issuer + JWKS)).text()
  source.front.answer(JWKS, (_request, response) => response.writeHead(200).end(keys))
  await source.revokeAll()
  await until(async () => (await service.statusOf(held)) === 503, 5000)
  source.front.answer(JWKS, undefined)
  await until(async () => (await service.statusOf(held)) === 401, 5000)
})

t.test('what it does not survive: a start while auth is down', async (t) => {
  const good = await source.good()
  await source.front.close()
  const service = await start(t)
  t.equal(await service.statusOf(good), 503)
  await source.front.reset()
  await until(async () => (await service.statusOf(good)) === 200)
})

t.test(
  'PyJWKClient alone: no keys after five minutes, none after an invented key id, told like a bad token',
  async (t) => {
    const good = await source.good()
    const [patient, fooled] = [1, 2].map(() => startPlainClient(t, python, source.issuer + JWKS, source.audience))
    for (const client of [patient, fooled]) t.equal(await client?.(good), 'accepted')
    await source.front.close()
    t.equal(await patient?.(good, 290), 'accepted')
    t.equal(await patient?.(good, 20), "['PyJWKClientError', True]")
    t.equal(await fooled?.(invented(good)), "['PyJWKClientError', True]")
    t.equal(await fooled?.(good), "['PyJWKClientError', True]")
  },
)
