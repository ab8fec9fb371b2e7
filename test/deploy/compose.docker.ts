import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import t from 'tap'
import { output } from '../../chaos/lab/drivers/compose-run.ts'
import { freePort } from '../../local/ports.ts'
import { walkthrough } from '../../local/walkthrough.ts'
import { bash } from '../dev/launcher.ts'
import { untilWhole } from './client.ts'
import { findCompose } from './compose-command.ts'
import { isConfined } from './confined.ts'
import { restoresAtItsEnd, restoresWhenEnded } from './driver-endings.ts'
import { breaksAndHeals, refusesWhatItCannotBreak, restartsTheServer } from './driver-faults.ts'
import { isHardened, isOutOfReach } from './hardened.ts'
import { buildImage } from './image.ts'
import { findImages } from './images.ts'
import { comesBack, databasesEndInGoodOrder, endsInGoodOrder, keepsItsData } from './lasting.ts'
import { openProject } from './project.ts'
import { scenariosHold } from './scenarios.ts'
import { ROOT, requiredSettings } from './settings.ts'

// compose.yaml, the image and the deployment driver on a Docker engine. It takes minutes and is not among the tests that
// `npm test` runs: npx tap --disable-coverage test/deploy/compose.docker.ts

t.setTimeout(1_200_000)
const images = await findImages()
const reason = typeof images === 'string' ? images : (await findCompose()) === undefined && 'there is no Compose here'
const skip = reason || false

t.test('a deployment', { skip }, async (t) => {
  const name = `tokenforge-test-${process.pid}-${randomBytes(3).toString('hex')}`
  const port = await freePort()
  const base = `http://127.0.0.1:${port}`
  const chosen = images as Record<string, string>
  const tag = `${name}:test`
  const seconds = await buildImage(t, tag, chosen.BASE_IMAGE ?? '')
  const sizes = await output(['docker', 'inspect', '--format', '{{.Size}}', tag, chosen.BASE_IMAGE ?? ''])
  const [size = 0, baseSize = 0] = sizes
    .trim()
    .split('\n')
    .map((bytes) => Math.round(Number(bytes) / 1e6))
  t.comment(`built in ${seconds.toFixed(1)} s, ${size} MB, ${size - baseSize} MB of it over ${chosen.BASE_IMAGE}`)

  const project = await openProject(t, name, {
    ...requiredSettings(base),
    ...chosen,
    TOKENFORGE_IMAGE: tag,
    PUBLISH: `127.0.0.1:${port}`,
    // Quick, and without an end to what a test may ask for.
    BCRYPT_COST: '4',
    BREAKER_HALF_OPEN_AFTER: '2s',
    BREAKER_WINDOW: '3s',
    LOGIN_RATE_LIMIT: '100000/1m',
  })
  t.same(await project.leftovers(), [])
  const target = { url: base, composeFile: join(ROOT, 'compose.yaml') }

  await t.test('comes up by itself', async (t) => {
    const start = performance.now()
    await project.compose('up', '--detach', '--no-build')
    await untilWhole(base)
    t.comment(`whole after ${((performance.now() - start) / 1000).toFixed(1)} s`)
  })

  await t.test('the walk-through of the README works against it', async (t) => {
    const lines = (await bash(walkthrough(base))).trim().split('\n')
    t.match(lines[3], /"active":true/)
    t.equal(lines[4], '204')
  })

  await t.test('its settings', async (t) => {
    t.match(await project.inspect('server', '{{.Config.Env}}'), /BCRYPT_COST=4/)
    t.match(
      await project.compose('run', '--rm', 'server', 'migrate.ts', 'status'),
      /^at version (\d+), the latest is \1$/m,
    )
    t.equal((await project.container('migrate')).exitCode, 0, 'the migrations have ended')
    const ask = async (name: string) =>
      (await project.shell('redis', `redis-cli config get ${name}`)).text.split('\n')[1]
    t.equal(await ask('appendonly'), 'yes')
    t.equal(await ask('maxmemory-policy'), 'noeviction')
    t.ok(Number(await ask('maxmemory')) > 0)
    t.notMatch((await project.shell('redis', 'cat /proc/1/cmdline')).text, /requirepass|[0-9a-f]{48}/)
    t.match((await project.shell('redis', 'REDISCLI_AUTH= redis-cli ping')).text, /NOAUTH/)
  })

  for (const service of ['server', 'postgres', 'redis']) {
    await t.test(`${service} is hardened`, (t) => isHardened(t, project, service))
  }
  await t.test('the server can do no more than it must', (t) => isConfined(t, project))
  for (const service of ['postgres', 'redis']) {
    await t.test(`${service} is out of reach`, (t) => isOutOfReach(t, project, service))
  }

  await t.test('the server ends in good order', (t) => endsInGoodOrder(t, project, base))
  await t.test('the databases end in good order', (t) => databasesEndInGoodOrder(t, project, base))
  await t.test('the server comes back when it has ended', (t) => comesBack(t, project, base))
  await t.test('it keeps its data', (t) => keepsItsData(t, project, base))

  await t.test('the chaos scenarios hold against it', (t) => scenariosHold(t, target, name))
  for (const dependency of ['postgres', 'redis'] as const) {
    await t.test(`the driver breaks and heals ${dependency}`, (t) => breaksAndHeals(t, target, dependency))
  }
  await t.test('the driver restarts the server', (t) => restartsTheServer(t, target))
  await t.test('the driver refuses what it can not break', (t) => refusesWhatItCannotBreak(t, target, project))
  await t.test('the driver restores at its end', (t) => restoresAtItsEnd(t, target, project))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
    await t.test(`the driver restores after ${signal}`, (t) => restoresWhenEnded(t, target, project, signal))
  }

  await t.test('nothing is left of it', async (t) => {
    await project.remove()
    t.same(await project.leftovers(), [])
  })
})
