import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import t from 'tap'
import { run } from '../../chaos/lab/drivers/compose-run.ts'
import { loadConfig, SETTING_NAMES } from '../../lib/config.ts'
import { temporaryFolder } from '../fixtures/temporary-folder.ts'
import { findCompose } from './compose-command.ts'
import { ROOT, read, requiredSettings } from './settings.ts'

/** Set in the container by the image and the file itself. */
const FIXED = [
  'DATABASE_URL',
  'MIGRATION_DATABASE_URL',
  'MIGRATE_ON_START',
  'REDIS_URL',
  'AUDIT_SPILL_DIR',
  'HOST',
  'PORT',
]
const settings = requiredSettings()
const compose = await findCompose()
const skip = compose === undefined && 'there is no Compose here'

/** Has Compose read the file with these variables. */
async function config(folder: string, variables: Record<string, string>) {
  const file = join(folder, 'settings')
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`)
  writeFileSync(file, lines.join(''))
  const command = [...(compose ?? []), '--file', 'compose.yaml', '--env-file', file, 'config']
  // The shell's own variables would go before the file's.
  const unset = [...Object.keys(settings), 'LOG_LEVEL'].flatMap((name) => ['-u', name])
  return run(['env', ...unset, ...command], { cwd: ROOT })
}

t.test('Compose accepts the file', { skip }, async (t) => {
  const { code, stdout, stderr } = await config(temporaryFolder(t), { ...settings, LOG_LEVEL: 'warn' })
  t.equal(code, 0, stderr)
  t.match(stdout, /LOG_LEVEL: warn/, 'settings of the server are passed on')
  const server = /\n {2}server:\n(( {4}.*\n)+)/.exec(stdout)?.[1] ?? ''
  t.match(server, `postgres://tokenforge_server:${settings.POSTGRES_SERVER_PASSWORD}@postgres:5432/tokenforge`)
  for (const name of ['POSTGRES_PASSWORD', 'REDIS_PASSWORD']) {
    t.notOk(server.includes(settings[name] ?? ''), `the server does not know ${name}`)
  }
  t.equal(stdout.split(settings.POSTGRES_PASSWORD ?? '').length - 1, 2, 'that of the owner: postgres and migrate')
})

t.test('every service is hardened, bounded, and kept in', { skip }, async (t) => {
  const { stdout } = await config(temporaryFolder(t), settings)
  const services = /^services:\n((?: .*\n|\n)+)/m.exec(stdout)?.[1] ?? ''
  const blocks = new Map(
    services
      .split(/^ {2}(?=\w+:$)/m)
      .flatMap((text) => (text === '' ? [] : [[text.split(':')[0] ?? '', text] as const])),
  )
  t.strictSame([...blocks.keys()].toSorted(), ['migrate', 'postgres', 'redis', 'server'])
  for (const [name, text] of blocks) {
    for (const line of [
      /^ {4}cap_drop:\n {4}- ALL$/m,
      /^ {4}security_opt:\n {4}- no-new-privileges:true$/m,
      /^ {4}read_only: true$/m,
      /^ {4}pids_limit: \d+$/m,
      /^ {4}mem_limit: \S+$/m,
      /^ {6}core: 0$/m,
      /^ {8}max-size: 10m$/m,
    ]) {
      t.match(text, line, name)
    }
    t.notMatch(text, /privileged|cap_add|network_mode|docker\.sock/, name)
    t.equal(/^ {4}ports:$/m.test(text), name === 'server', `${name}: published`)
  }
  for (const name of ['postgres', 'redis']) t.match(blocks.get(name), `\n    user: ${name}\n`)
  const files = Number(/^ {6}nofile: (\d+)$/m.exec(blocks.get('server') ?? '')?.[1])
  t.ok(files > loadConfig({ ...settings, DATABASE_URL: 'postgres://x', REDIS_URL: 'redis://x' }).maxConnections)
})

t.test('what is missing is named', { skip }, async (t) => {
  const [name = ''] = Object.keys(settings)
  const { code, stderr } = await config(temporaryFolder(t), { ...settings, [name]: '' })
  t.not(code, 0)
  t.match(stderr, new RegExp(`set ${name}, see docs/deployment\\.md\\s*$`))
})

t.test('what must be given says so', async (t) => {
  const file = read('compose.yaml')
  for (const name of Object.keys(settings)) {
    const uses = file.match(new RegExp(`\\$\\{${name}\\b.*?\\}`, 'g')) ?? []
    t.ok(uses.length > 0, name)
    for (const use of uses) t.equal(use, `\${${name}:?set ${name}, see docs/deployment.md}`)
  }
})

t.test('every setting of the server can be given', async (t) => {
  const file = read('compose.yaml')
  for (const name of SETTING_NAMES.filter((each) => !FIXED.includes(each))) {
    t.match(file, new RegExp(`^      ${name}:( \\$\\{${name}:\\?.*\\})?$`, 'm'), name)
  }
})

t.test("audit events wait in a volume that is the own of the server's user", async (t) => {
  const file = read('compose.yaml')
  const folder = /^ {6}AUDIT_SPILL_DIR: (\/\S+)$/m.exec(file)?.[1]
  const volume = new RegExp(`^    volumes: \\["([a-z-]+):${folder}"\\]$`, 'm').exec(file)?.[1]
  t.match(file, new RegExp(`^  ${volume}:$`, 'm'))
  const dockerfile = read('Dockerfile')
  const [, user] = /^USER (?!0)(\S+)\nEXPOSE/m.exec(dockerfile) ?? []
  t.match(dockerfile, `chown ${user} ${folder}\n`)
})

t.test('the lines that make the secrets', async (t) => {
  const folder = temporaryFolder(t)
  const [, script = ''] = /```bash\n(.*?)```/s.exec(read('docs/deployment.md')) ?? []
  const file = join(folder, '.env')

  t.equal((await run(['bash', '-c', script], { cwd: folder })).code, 0)
  const made = parseEnv(readFileSync(file, 'utf8'))
  t.same(
    Object.keys(settings).filter((name) => !made[name]),
    [],
    'none is missing',
  )
  t.equal(statSync(file).mode & 0o777, 0o600)
  const urls = [`postgres://x:${made.POSTGRES_PASSWORD}@postgres/x`, `redis://:${made.REDIS_PASSWORD}@redis`]
  t.match([made.POSTGRES_PASSWORD, made.REDIS_PASSWORD], [/^[0-9a-z]+$/, /^[0-9a-z]+$/])
  t.doesNotThrow(() => loadConfig({ ...made, DATABASE_URL: urls[0], REDIS_URL: urls[1] }))

  t.not((await run(['bash', '-c', script], { cwd: folder })).code, 0, 'secrets that are there are not lost')
  t.same(parseEnv(readFileSync(file, 'utf8')), made)
})
