import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { freePort } from '../../local/ports.ts'
import { temporaryFolder } from '../fixtures/temporary-folder.ts'
import { READY, running, startLauncher } from './launcher.ts'

const folder = join(temporaryFolder(t), 'dev')

t.test('a launcher that is interrupted while it starts leaves nothing either', async (t) => {
  const launcher = startLauncher(t, { folder, port: await freePort() })
  await launcher.printed('Redis')
  launcher.child.kill('SIGINT')
  t.equal(await launcher.exit, 0)
  t.same(await running(folder), [])
})

t.test('when the server dies, it says so and ends the rest', async (t) => {
  const launcher = startLauncher(t, { folder, port: await freePort() })
  await launcher.printed(READY)
  const { pid } = JSON.parse(readFileSync(join(folder, 'server.pid.json'), 'utf8')) as { pid: number }
  process.kill(pid, 'SIGKILL')
  t.equal(await launcher.exit, 1)
  t.match(launcher.output(), /the server has ended \(SIGKILL\)/)
  t.same(await running(folder), [])
})
