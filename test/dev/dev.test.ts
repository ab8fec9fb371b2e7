import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { freePort, isPortFree } from '../../local/ports.ts'
import { walkthrough } from '../../local/walkthrough.ts'
import { temporaryFolder } from '../fixtures/temporary-folder.ts'
import { bash, READY, running, startLauncher } from './launcher.ts'

t.test('from nothing to a verified token, and back to nothing', async (t) => {
  const folder = join(temporaryFolder(t), 'dev')
  const port = await freePort()
  const base = `http://127.0.0.1:${port}`
  const launcher = startLauncher(t, { folder, port })
  await launcher.printed(READY)

  await t.test('it prints where everything is, and a progress line per step', async (t) => {
    for (const text of [`base URL    ${base}`, `docs        ${base}/docs`, 'admin key   ']) {
      t.match(launcher.output(), text)
    }
    for (const name of ['secrets', 'Redis', 'Postgres', 'server']) {
      t.match(launcher.output(), new RegExp(`^  ${name} +\\S`, 'm'))
    }
    t.ok(launcher.output().includes(walkthrough(base)))
  })

  await t.test('the walk-through works as it stands, more than once', async (t) => {
    for (let time = 1; time <= 2; time += 1) {
      const lines = (await bash(walkthrough(base))).trim().split('\n')
      t.equal(lines.length, 5)
      t.match(lines[0], /"email":"ada\+\d+@example\.com"/)
      t.match(lines[1], /"access_token":"[^"]+"/)
      t.match(lines[2], /"refresh_token":"[^"]+"/)
      t.match(lines[3], /"active":true/)
      t.equal(lines[4], '204')
    }
  })

  await t.test('the docs page is there', async (t) => {
    t.equal((await fetch(`${base}/docs`)).status, 200)
  })

  await t.test('secrets and data are closed to others', async (t) => {
    t.equal(statSync(folder).mode & 0o777, 0o700)
    t.equal(statSync(join(folder, 'secrets.env')).mode & 0o777, 0o600)
  })

  await t.test('a second launcher in the same folder gives way', async (t) => {
    const second = startLauncher(t, { folder, port: await freePort() })
    t.equal(await second.exit, 1)
    t.match(second.output(), `already running here (process ${launcher.child.pid})`)
    t.equal((await fetch(`${base}/health/live`)).status, 200)
  })

  await t.test('a launcher in another folder meets the busy port before it starts anything', async (t) => {
    const other = join(temporaryFolder(t), 'dev')
    const second = startLauncher(t, { folder: other, port })
    t.equal(await second.exit, 1)
    t.match(second.output(), `port ${port} of 127.0.0.1 is in use`)
    t.notOk(existsSync(join(other, 'postgres')))
  })

  await t.test('Ctrl-C ends everything', async (t) => {
    launcher.child.kill('SIGINT')
    t.equal(await launcher.exit, 0)
    t.same(await running(folder), [])
    t.ok(await isPortFree(port))
  })
})
