import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import t from 'tap'
import { findRedis } from '../../local/find-redis.ts'
import { freePort } from '../../local/ports.ts'
import { until } from '../fixtures/app.ts'
import { cleanEnvironment } from '../fixtures/environment.ts'
import { temporaryFolder } from '../fixtures/temporary-folder.ts'
import { read } from './settings.ts'

const passwords = { REDISCLI_AUTH: 'of-the-admin', REDIS_SERVER_PASSWORD: 'of-the-server' }

t.test('the command of compose.yaml starts a Redis that knows the user of ops/redis', async (t) => {
  const [, lines = ''] = /\n {6}- \|\n((?: {8}.*\n)+)/.exec(read('compose.yaml')) ?? []
  const folder = temporaryFolder(t)
  const script = lines.replaceAll(/^ {8}/gm, '').replaceAll('$$', '$').replace('--dir /data', `--dir ${folder}`)
  const port = await freePort()
  const program = (await findRedis())?.path ?? ''
  // Stands for the redis-server of the container, where the port is free.
  const standIn = `#!/bin/sh\nexec ${program} "$@" --port ${port} --bind 127.0.0.1\n`
  mkdirSync(join(folder, 'bin'))
  writeFileSync(join(folder, 'bin/redis-server'), standIn)
  chmodSync(join(folder, 'bin/redis-server'), 0o755)
  const env = cleanEnvironment({ ...passwords, PATH: `${folder}/bin:${process.env.PATH}` })
  const child = spawn('sh', ['-c', script], { env, cwd: folder, stdio: 'ignore' })
  t.teardown(async () => {
    child.kill()
    await once(child, 'exit')
  })

  const admin = new Redis({
    port,
    password: passwords.REDISCLI_AUTH,
    retryStrategy: () => 20,
    maxRetriesPerRequest: 0,
  })
  t.teardown(() => admin.disconnect())
  admin.on('error', () => {})
  await until(() => admin.ping().catch(() => null))
  t.strictSame(await admin.config('GET', 'appendonly'), ['appendonly', 'yes'])
  const rules = (await admin.call('ACL', 'LIST')) as string[]
  const made = rules.find((line) => line.startsWith('user tokenforge_server '))
  const [name, ...words] = read('ops/redis/users.acl').trim().split(' ').slice(1)
  await admin.call(
    'ACL',
    'SETUSER',
    'copy',
    ...words.map((word) => word.replace('PASSWORD', passwords.REDIS_SERVER_PASSWORD)),
  )
  const copied = ((await admin.call('ACL', 'LIST')) as string[]).find((line) => line.startsWith('user copy '))
  t.equal(made, copied?.replace('copy', name ?? ''), 'the same rules')
  const shown = execFileSync('ps', ['-o', 'args=', '-p', String(child.pid)], { encoding: 'utf8' })
  t.notMatch(shown, /of-the-(admin|server)/, 'no password is shown among the arguments')
})
