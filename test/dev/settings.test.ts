import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { freePort } from '../../local/ports.ts'
import { startServers } from '../fixtures/servers.ts'
import { temporaryFolder } from '../fixtures/temporary-folder.ts'
import { READY, running, startLauncher } from './launcher.ts'

const { postgres, redis } = await startServers(t, { postgres: true, redis: true })
const env = { DATABASE_URL: postgres.url, REDIS_URL: redis.url }
const folder = join(temporaryFolder(t), 'dev')

t.test("with databases of one's own none is started", async (t) => {
  const launcher = startLauncher(t, { folder, port: await freePort(), env })
  await launcher.printed(READY)
  t.match(launcher.output(), /Redis +not started: REDIS_URL is set/)
  t.match(launcher.output(), /Postgres +not started: DATABASE_URL is set/)
  t.notOk(existsSync(join(folder, 'postgres')))
  t.notOk(existsSync(join(folder, 'redis')))
  launcher.child.kill('SIGINT')
  t.equal(await launcher.exit, 0)
  t.ok(postgres.pid !== undefined && redis.pid !== undefined, 'and none is ended')
})

t.test('settings of the environment win, and a server that refuses them is quoted', async (t) => {
  const launcher = startLauncher(t, {
    folder,
    port: await freePort(),
    env: { ...env, KEY_ENCRYPTION_KEY: 'too-short' },
  })
  t.equal(await launcher.exit, 1)
  t.match(launcher.output(), /the server ended at its start \(exit code \d\)/)
  t.match(launcher.output(), /KEY_ENCRYPTION_KEY/)
  t.same(await running(folder), [])
})

t.test('a port that is none is refused in one line', async (t) => {
  const launcher = startLauncher(t, { folder, port: 0, env })
  t.equal(await launcher.exit, 1)
  t.match(launcher.output(), /PORT=0 is not a port/)
})
