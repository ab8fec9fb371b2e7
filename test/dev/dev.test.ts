import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { freePort, isPortFree } from '../../local/ports.ts'
import { processesIn } from '../../local/processes.ts'
import { walkthrough } from '../../local/walkthrough.ts'
import { temporaryFolder } from '../fixtures/temporary-folder.ts'
import { bash, running, startLauncher } from './launcher.ts'

const READY = '%{http_code}'

async function login(base: string, email: string): Promise<number> {
  return post(`${base}/auth/login`, email)
}

async function post(url: string, email: string): Promise<number> {
  const body = JSON.stringify({ email, password: 'seven quiet herons' })
  return (await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } })).status
}

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

t.test('after kill -9 the next start replaces what was left, and the data is there', async (t) => {
  const folder = join(temporaryFolder(t), 'dev')
  const port = await freePort()
  const base = `http://127.0.0.1:${port}`
  const first = startLauncher(t, { folder, port })
  await first.printed(READY)
  const secrets = readFileSync(join(folder, 'secrets.env'), 'utf8')
  t.equal(await post(`${base}/auth/register`, 'ada@example.com'), 201)

  first.child.kill('SIGKILL')
  t.equal(await first.exit, 'SIGKILL')
  const left = await processesIn(folder)
  t.ok(left.length > 0, 'Postgres and Redis go on without the launcher')

  const start = performance.now()
  const second = startLauncher(t, { folder, port })
  await second.printed(READY)
  t.ok(performance.now() - start < 5_000, 'a second start takes less than 5 s')
  t.match(second.output(), /ended what an earlier start left running: (server, )?Postgres, Redis/)
  t.equal(await login(base, 'ada@example.com'), 200)
  t.equal(readFileSync(join(folder, 'secrets.env'), 'utf8'), secrets)
  const now = await processesIn(folder)
  t.notOk(now.some((pid) => left.includes(pid)))

  second.child.kill('SIGTERM')
  t.equal(await second.exit, 0)
  t.same(await running(folder), [])
})

t.test('npm run dev', async (t) => {
  const folder = join(temporaryFolder(t), 'dev')
  const port = await freePort()
  const command: [string, string[]] = ['npm', ['run', 'dev']]

  await t.test('ends with npm, also when npm is killed, and can be started again at once', async (t) => {
    const first = startLauncher(t, { folder, port, command })
    await first.printed(READY)
    first.child.kill('SIGKILL')
    await first.exit
    const second = startLauncher(t, { folder, port, command })
    await second.printed(READY)
    second.child.kill('SIGTERM')
    await second.exit
  })

  await t.test('leaves nothing', async (t) => {
    const third = startLauncher(t, { folder, port })
    await third.printed(READY)
    third.child.kill('SIGINT')
    await third.exit
    t.same(await running(folder), [])
  })
})

t.test('a launcher that is interrupted while it starts leaves nothing either', async (t) => {
  const folder = join(temporaryFolder(t), 'dev')
  const launcher = startLauncher(t, { folder, port: await freePort() })
  await launcher.printed('Redis')
  launcher.child.kill('SIGINT')
  t.equal(await launcher.exit, 0)
  t.same(await running(folder), [])
})

t.test('when the server dies, it says so and ends the rest', async (t) => {
  const folder = join(temporaryFolder(t), 'dev')
  const launcher = startLauncher(t, { folder, port: await freePort() })
  await launcher.printed(READY)
  const { pid } = JSON.parse(readFileSync(join(folder, 'server.pid.json'), 'utf8')) as { pid: number }
  process.kill(pid, 'SIGKILL')
  t.equal(await launcher.exit, 1)
  t.match(launcher.output(), /the server has ended \(SIGKILL\)/)
  t.same(await running(folder), [])
})

t.test('settings of the environment win, and a server that refuses them is quoted', async (t) => {
  const folder = join(temporaryFolder(t), 'dev')
  const launcher = startLauncher(t, { folder, port: await freePort(), env: { KEY_ENCRYPTION_KEY: 'too-short' } })
  t.equal(await launcher.exit, 1)
  t.match(launcher.output(), /the server ended at its start \(exit code \d\)/)
  t.match(launcher.output(), /KEY_ENCRYPTION_KEY/)
  t.same(await running(folder), [])
})
