import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { freePort } from '../../local/ports.ts'
import { until } from '../fixtures/app.ts'
import { nodeCommand } from '../fixtures/environment.ts'
import { temporaryFolder } from '../fixtures/temporary-folder.ts'
import { tampered } from '../interop/issuers.ts'
import { hang } from '../verifier/front.ts'
import { checkVerdicts, invented } from './checks.ts'
import { examplesUnder, withOurs } from './examples.ts'
import { type Service, startService } from './service.ts'
import { startTokenSource } from './tokens.ts'

// docs/verifying.md, "Node, with jose alone", as it stands there.

const source = await startTokenSource(t)
t.afterEach(() => source.front.reset())

/** A minute is too long for a test, and a pause of a second with it. */
async function start(t: Test, reloadMs = '60_000', pauseMs = '1000'): Promise<Service> {
  const [program] = examplesUnder('Node, with jose alone', 'js')
  const [folder, port] = [temporaryFolder(t), await freePort()]
  const text = withOurs(program, {
    "'jose'": `'${import.meta.resolve('jose')}'`,
    'https://auth.example.com': source.issuer,
    'https://api.example.com': source.audience,
    '60_000': reloadMs,
    'cooldownDuration: 1000': `cooldownDuration: ${pauseMs}`,
    '8080': String(port),
  })
  writeFileSync(join(folder, 'service.mjs'), text)
  const [file, args] = nodeCommand(join(folder, 'service.mjs'))
  return startService(t, { file, args, cwd: folder, port })
}

t.test('what it accepts and refuses', async (t) => {
  await checkVerdicts(t, await start(t), source)
})

t.test('auth is stopped: it goes on, and is in step when auth is back', async (t) => {
  const [service, held] = [await start(t, '200', '50'), await source.good()]
  t.equal(await service.statusOf(held), 200)
  await source.front.close()
  t.equal(await service.statusOf(held), 200)
  t.equal(await service.statusOf(tampered(held)), 401)
  const { status, headers } = await service.ask(invented(held))
  t.equal(status, 503, 'a key id that it never saw')
  t.equal(headers.get('retry-after'), '5')

  await source.front.reset()
  await source.revokeAll()
  await until(async () => (await service.statusOf(held)) === 401)
  t.equal(await service.statusOf(await source.good()), 200)
})

t.test('auth takes requests and never answers: nobody waits for it', async (t) => {
  const [service, held] = [await start(t, '200', '50'), await source.good()]
  t.equal(await service.statusOf(held), 200)
  source.front.answerAll(hang)
  source.front.cut()
  const began = performance.now()
  t.equal(await service.statusOf(held), 200)
  t.ok(performance.now() - began < 1000)
  t.equal(await service.statusOf(invented(held)), 503)
  source.front.cut()
})

t.test('Revoke All is heard of by the next look at the keys', async (t) => {
  const [service, held] = [await start(t, '200', '50'), await source.good()]
  t.equal(await service.statusOf(held), 200)
  await source.revokeAll()
  await until(async () => (await service.statusOf(held)) === 401)
})

t.test('what it does not survive: a start while auth is down, and a logout', async (t) => {
  const service = await start(t)
  t.equal(await service.statusOf(await source.loggedOut()), 200, 'nobody tells it')
  await source.front.close()
  const late = await start(t)
  t.equal(await late.statusOf(await source.good()), 503)
})
