import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { freePort } from '../../local/ports.ts'
import { processesIn } from '../../local/processes.ts'
import { until } from '../fixtures/app.ts'
import { temporaryFolder } from '../fixtures/temporary-folder.ts'
import { READY, running, startLauncher } from './launcher.ts'

// One folder for all of them: what a start finds there is what they are about.
const folder = join(temporaryFolder(t), 'dev')

async function post(url: string, email: string): Promise<number> {
  const body = JSON.stringify({ email, password: 'seven quiet herons' })
  return (await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } })).status
}

t.test('after kill -9 the next start replaces what was left, and the data is there', async (t) => {
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
  // 5 s is the promise; here another test file has the other core.
  t.ok(performance.now() - start < 10_000, 'a second start is quick')
  t.match(second.output(), /ended what an earlier start left running: (server, )?Postgres, Redis/)
  t.equal(await post(`${base}/auth/login`, 'ada@example.com'), 200)
  t.equal(readFileSync(join(folder, 'secrets.env'), 'utf8'), secrets)
  const now = await processesIn(folder)
  t.notOk(now.some((pid) => left.includes(pid)))

  second.child.kill('SIGTERM')
  t.equal(await second.exit, 0)
  t.same(await running(folder), [])
})

t.test(
  'npm run dev ends with npm, also when npm is killed, can be started again at once, and leaves nothing',
  async (t) => {
    const port = await freePort()
    const command: [string, string[]] = ['npm', ['run', 'dev']]
    const first = startLauncher(t, { folder, port, command })
    await first.printed(READY)
    first.child.kill('SIGKILL')
    await first.exit
    const second = startLauncher(t, { folder, port, command })
    await second.printed(READY)
    second.child.kill('SIGTERM')
    await second.exit
    // npm ends before what it has started does.
    await until(async () => (await running(folder)).length === 0)
    t.same(await running(folder), [])
  },
)
