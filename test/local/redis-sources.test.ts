import { chmodSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { findRedis } from '../../local/find-redis.ts'
import { installRedis } from '../../local/install-redis.ts'
import { chooseRedis } from '../../local/provide-redis.ts'

/** A folder of shell scripts to be found on a PATH instead of the system's programs. */
function programs(t: Test, scripts: Record<string, string>): string {
  const folder = t.testdir(
    Object.fromEntries(Object.entries(scripts).map(([name, text]) => [name, `#!/bin/sh\n${text}\n`])),
  )
  for (const name of Object.keys(scripts)) chmodSync(join(folder, name), 0o755)
  return folder
}

const REDIS = 'echo "Redis server v=9.9.9 sha=0"'
const VALKEY = 'echo "Valkey server v=8.1.0 sha=0"'

t.test('redis-server is found on the path, else valkey-server', async (t) => {
  const both = programs(t, { 'redis-server': REDIS, 'valkey-server': VALKEY })
  t.same(await findRedis(both, []), { path: join(both, 'redis-server'), name: 'redis-server', version: '9.9.9' })
  const valkey = programs(t, { 'valkey-server': VALKEY })
  t.match(await findRedis(`/nowhere:${valkey}`, []), { name: 'valkey-server', version: '8.1.0' })
  t.match(await findRedis('', [valkey]), { name: 'valkey-server' })
})

t.test('a program that does not run does not count', async (t) => {
  t.equal(await findRedis(programs(t, { 'redis-server': 'exit 127' }), []), undefined)
  t.equal(await findRedis('', []), undefined)
})

t.test('the package manager is asked when it needs to ask nobody', async (t) => {
  const said: string[] = []
  const say = (text: string): void => void said.push(text)
  const scripts = {
    'apt-get': 'echo "$DEBIAN_FRONTEND $*" >> "$(dirname "$0")/calls"',
    sudo: '[ "$1" = -n ] || exit 1; shift; [ "$1" = true ] || exec "$@"',
  }

  await t.test('as root', async (t) => {
    const PATH = programs(t, { 'apt-get': scripts['apt-get'] })
    t.equal(await installRedis(say, { PATH: `${PATH}:/usr/bin:/bin` }, 0), undefined)
    const calls = readFileSync(join(PATH, 'calls'), 'utf8')
    t.match(calls, /^noninteractive update/m)
    t.match(calls, /^noninteractive install .*redis-server$/m)
    t.match(said.at(-1), /installing it with apt-get/)
  })

  await t.test('with a sudo that needs no password', async (t) => {
    const PATH = programs(t, scripts)
    t.equal(await installRedis(say, { PATH: `${PATH}:/usr/bin:/bin` }, 1000), undefined)
    t.ok(existsSync(join(PATH, 'calls')))
    t.match(said.at(-1), /installing it with sudo -n apt-get/)
  })

  await t.test('not when sudo wants one', async (t) => {
    said.length = 0
    const PATH = programs(t, { ...scripts, sudo: 'echo "a password is required" >&2; exit 1' })
    t.equal(await installRedis(say, { PATH: `${PATH}:/usr/bin:/bin` }, 1000), undefined)
    t.notOk(existsSync(join(PATH, 'calls')))
    t.same(said, [])
  })

  await t.test('and what went wrong is told in one line', async (t) => {
    const PATH = programs(t, {
      'apt-get': '[ "$1" = --version ] || { echo first >&2; echo "no network" >&2; exit 100; }',
    })
    t.equal(await installRedis(say, { PATH: `${PATH}:/usr/bin:/bin` }, 0), 'apt-get update -qq: no network')
  })
})

t.test('found, else installed, else a container, else a line that tells what to install', async (t) => {
  const program = { path: '/usr/bin/redis-server', name: 'redis-server', version: '9.9.9' } as const
  const said: string[] = []
  const say = (text: string): void => void said.push(text)
  const yes = async (): Promise<boolean> => true
  const no = async (): Promise<boolean> => false
  const nowhere = async (): Promise<undefined> => undefined
  const refuse = async (): Promise<string> => 'no network'

  t.same(await chooseRedis(say, { find: async () => program, install: refuse, hasDocker: no }), program)

  let installed = false
  const install = async (): Promise<undefined> => {
    installed = true
  }
  const find = async () => (installed ? program : undefined)
  t.same(await chooseRedis(say, { find, install, hasDocker: no }), program)

  t.equal(await chooseRedis(say, { find: nowhere, install: refuse, hasDocker: yes }), 'docker')
  t.same(said, ['could not be installed: no network', 'starting it in a Docker container'])

  await t.rejects(
    chooseRedis(say, { find: nowhere, install: nowhere, hasDocker: no }),
    /install redis-server or valkey-server/,
  )
})
