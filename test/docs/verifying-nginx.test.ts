import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import { freePort } from '../../local/ports.ts'
import { until } from '../fixtures/app.ts'
import { nodeCommand } from '../fixtures/environment.ts'
import { temporaryFolder } from '../fixtures/temporary-folder.ts'
import { tampered } from '../interop/issuers.ts'
import { hang } from '../verifier/front.ts'
import { checkVerdicts, invented, subjectOf } from './checks.ts'
import { examplesUnder, withOurs } from './examples.ts'
import { startApplication, startNginx } from './nginx.ts'
import { type Service, startService } from './service.ts'
import { startTokenSource } from './tokens.ts'

// docs/verifying.md, "nginx, with auth_request", as it stands there.

const HEADING = 'nginx, with `auth_request`'
const VERIFIER = pathToFileURL(join(import.meta.dirname, '../../verifier/index.ts')).href

const source = await startTokenSource(t)
const application = await startApplication(t)
/** An instance that is down all the time. */
const down = `127.0.0.1:${await freePort()}`
const auth = new URL(source.issuer).host
t.afterEach(() => source.front.reset())

/** @param add changes the example as the page says */
function start(t: Test, at = auth, add = (text: string, _folder: string) => text): Promise<Service> {
  const [example] = examplesUnder(HEADING, 'nginx')
  return startNginx(t, (port, folder) => {
    const text = withOurs(example, {
      '10.0.0.11:3000': down,
      '10.0.0.12:3000': at,
      '127.0.0.1:9000': application,
      'listen 8080': `listen 127.0.0.1:${port}`,
    })
    return add(text, folder)
  })
}

/** The verifier that nginx asks in the place of auth. */
async function startSidecar(t: Test, folder: string): Promise<{ address: string; end(): Promise<void> }> {
  const [program] = examplesUnder(HEADING, 'js')
  const port = await freePort()
  const text = withOurs(program, {
    'tokenforge/verifier': VERIFIER,
    'https://auth.example.com': source.issuer,
    'https://api.example.com': source.audience,
    '/var/lib/auth-verifier/snapshot.json': join(folder, 'snapshot.json'),
    '3001': String(port),
  })
  writeFileSync(join(folder, 'sidecar.mjs'), text)
  const [file, args] = nodeCommand(join(folder, 'sidecar.mjs'))
  const { end } = await startService(t, { file, args, cwd: folder, port })
  return { address: `127.0.0.1:${port}`, end }
}

/** The cache of verdicts, with a life that a test can wait for. */
function withCache(text: string, folder: string): string {
  const [, fragment = ''] = examplesUnder(HEADING, 'nginx')
  const ours = withOurs(fragment, { '/run/nginx/verdicts': `${folder}/run/verdicts`, '200 10s': '200 1s' })
  const [beside = '', inside = ''] = ours.split('# in location = /_auth\n')
  return `${beside}\n${withOurs(text, { 'location = /_auth {': `location = /_auth {\n${inside}` })}`
}

t.test('what it accepts and refuses', async (t) => {
  const nginx = await start(t)
  await checkVerdicts(t, nginx, source)
  const ended = await source.loggedOut()
  t.equal(await nginx.statusOf(ended), 401, 'a logout is heard of at once')
})

t.test('the application is told who it is, whatever the client says, and its own faults are its own', async (t) => {
  const [nginx, token] = [await start(t), await source.good()]
  const headers = { authorization: `Bearer ${token}`, 'x-auth-subject': 'somebody else' }
  t.match(await (await fetch(nginx.url, { headers })).text(), new RegExp(`^${subjectOf(token)} in [\\w-]{36}$`))
  const broken = await fetch(`${nginx.url}/broken`, { headers })
  t.strictSame([broken.status, await broken.text()], [500, 'its own'])
})

const outages = {
  'refuses connections': () => source.front.close(),
  'never answers': async () => {
    source.front.answerAll(hang)
    source.front.cut()
  },
}
for (const [name, strike] of Object.entries(outages)) {
  t.test(`auth ${name}: 503 and no verdict, on good tokens and bad ones`, async (t) => {
    const [nginx, token] = [await start(t), await source.good()]
    t.equal(await nginx.statusOf(token), 200)
    await strike()
    for (const one of [token, source.bad.forged, undefined]) {
      const { status, headers } = await nginx.ask(one)
      t.strictSame([status, headers.get('retry-after')], [503, '5'])
    }
    await source.front.reset()
    source.front.cut()
    await until(async () => (await nginx.statusOf(token)) === 200)
  })
}

t.test('Revoke All', async (t) => {
  const [nginx, token] = [await start(t), await source.good()]
  t.equal(await nginx.statusOf(token), 200)
  await source.revokeAll()
  t.equal(await nginx.statusOf(token), 401)
  t.equal(await nginx.statusOf(await source.good()), 200)
})

t.test('a verifier beside nginx: it goes on while auth is down, and hears of everything', async (t) => {
  const folder = temporaryFolder(t)
  const sidecar = await startSidecar(t, folder)
  const nginx = await start(t, sidecar.address)
  await checkVerdicts(t, nginx, source)
  const ended = await source.loggedOut()
  await until(async () => (await nginx.statusOf(ended)) === 401, 2000)

  const held = await source.good()
  await source.front.close()
  t.equal(await nginx.statusOf(held), 200)
  t.equal(await nginx.statusOf(tampered(held)), 401)
  t.equal(await nginx.statusOf(ended), 401)
  // As long as the last answer of auth is younger than a second, it says that there is no such key.
  await until(async () => (await nginx.statusOf(invented(held))) === 503)

  await sidecar.end()
  t.equal(await nginx.statusOf(held), 503, 'the verifier is down')
  const again = await start(t, (await startSidecar(t, folder)).address)
  t.equal(await again.statusOf(held), 200, 'started from its snapshot')
  t.equal(await again.statusOf(ended), 401)
  await source.front.reset()
  await source.revokeAll()
  await until(async () => (await again.statusOf(held)) === 401)
  t.equal(await again.statusOf(await source.good()), 200)
})

t.test('a cache of verdicts: revoked tokens go on, in an outage for as long as they are used', async (t) => {
  const [nginx, held, late] = [await start(t, auth, withCache), await source.good(), await source.good()]
  t.equal(await nginx.statusOf(held), 200)
  await source.revokeAll()
  t.equal(await nginx.statusOf(held), 200, 'the verdict is in the cache')
  t.equal(await nginx.statusOf(late), 401, 'this one is not')
  await until(async () => (await nginx.statusOf(held)) === 401, 5000)

  const [known, unknown] = [await source.good(), await source.good()]
  t.equal(await nginx.statusOf(known), 200)
  await source.front.close()
  const began = performance.now()
  await until(async () => {
    t.equal(await nginx.statusOf(known), 200)
    return performance.now() - began > 1500
  })
  t.equal(await nginx.statusOf(unknown), 503)
  t.equal(await nginx.statusOf(held), 200, 'the revoked one is let in again: its old verdict is still there')
})
