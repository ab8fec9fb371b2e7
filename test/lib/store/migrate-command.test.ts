import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { migrationStatus } from '../../../lib/store/migrations.ts'
import { cleanEnvironment, nodeCommand } from '../../fixtures/environment.ts'
import { startServers } from '../../fixtures/servers.ts'

const { postgres } = await startServers(t, { postgres: true })
const { latest } = await migrationStatus(postgres.url)

async function run(args: string[], url: string | undefined = postgres.url) {
  const [file, command] = nodeCommand(join(import.meta.dirname, '../../../migrate.ts'), ...args)
  const environment = cleanEnvironment({ ...(url && { DATABASE_URL: url }) })
  if (!url) delete environment.DATABASE_URL
  const child = spawn(file, command, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { out, err, code }
}

t.test('up, status, to a version and back', async (t) => {
  t.strictSame(await run(['status']), { out: `at version 0, the latest is ${latest}\n`, err: '', code: 0 })
  const up = await run([])
  t.match(up, { err: '', code: 0 })
  t.match(up.out, new RegExp(`^applied 1\\.do\\.accounts\n(applied .*\n)*from version 0 to ${latest}\n$`))
  t.strictSame(await run(['up']), { out: `at version ${latest}, nothing to do\n`, err: '', code: 0 })
  const back = await run(['to', '0'])
  t.match(back.out, new RegExp(`applied 1\\.undo\\.accounts\nfrom version ${latest} to 0\n$`))
  t.strictSame(await run(['status']), { out: `at version 0, the latest is ${latest}\n`, err: '', code: 0 })
})

t.test('what it does not understand is answered with how it is used', async (t) => {
  for (const args of [['down'], ['to'], ['to', 'latest'], ['to', '-1'], ['to', '1.5']]) {
    const { out, err, code } = await run(args)
    t.match({ out, code }, { out: '', code: 1 }, args.join(' '))
    t.match(err, /usage|migration failed/)
    t.notMatch(err, /\n {4}at /, 'no stack')
  }
})

t.test('mistakes are one line, without the password', async (t) => {
  const password = new URL(postgres.url).password
  const table: [args: string[], url: string, line: RegExp][] = [
    [['up'], '', /^DATABASE_URL: is missing\n$/],
    [['to', '999999'], postgres.url, /^migration failed: there is no migration 999999; the latest is \d+\n$/],
    [['up'], postgres.url.replace(/:\d+\//, ':1/'), /^migration failed: .*ECONNREFUSED.*\n$/],
    [
      ['status'],
      postgres.url.replace(/\/tokenforge\b/, '/none'),
      /^migration failed: database "none" does not exist\n$/,
    ],
  ]
  for (const [args, url, line] of table) {
    const { out, err, code } = await run(args, url)
    t.match({ out, code }, { out: '', code: 1 })
    t.match(err, line)
    t.notOk(err.includes(password))
  }
})
