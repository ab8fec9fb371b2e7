import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv, promisify } from 'node:util'
import { Redis } from 'ioredis'
import pg from 'pg'
import t, { type Test } from 'tap'
import packageJson from '../../package.json' with { type: 'json' }
import { newSession, PASSWORD, type TestApp, until } from '../fixtures/app.ts'
import { as, confined } from '../fixtures/confined.ts'
import { cleanEnvironment } from '../fixtures/environment.ts'
import { temporaryFolder } from '../fixtures/temporary-folder.ts'
import { startWhole, startWorld } from '../routes/world.ts'
import { examplesUnder } from './examples.ts'

const ROOT = join(import.meta.dirname, '../..')
const run = promisify(execFile)
const world = await startWorld(t)
const file = join(temporaryFolder(t), '.env')

/** A deployment of one server on stores that nobody has used, its settings in a file, and the blocks of one runbook. */
async function deploy(t: Test, heading: string) {
  const { DATABASE_URL: postgres = '', REDIS_URL: redis = '', ...rest } = await world.environment()
  writeFileSync(file, dotenv({ ...rest, ...(await confined({ postgres, redis })) }))
  let server = await startWhole(t, settings())
  const blocks = (language: string) => examplesUnder(heading, language, 'security.md')
  return {
    owner: postgres,
    admin: redis,
    scripts: blocks('bash'),
    blocks,
    server: () => server,
    /** "Start every server anew", with other settings perhaps. */
    async startAnew(more: Record<string, string> = {}): Promise<TestApp> {
      writeFileSync(file, dotenv({ ...settings(), ...more }))
      await server.app.close()
      server = await startWhole(t, settings())
      return server
    },
    /** Runs a block as it stands in the page, but for where `.env` is. Throws when a command of it fails. */
    async shell(script = '', more: Record<string, string> = {}): Promise<string> {
      const commands = script.replaceAll(/npm run ([\w:]+)( -- [^\n]+)?/g, (_, name, rest = '') => {
        const words = (packageJson.scripts as Record<string, string>)[name]?.replace(/^node/, `"${process.execPath}"`)
        return `${words}${rest.replace(' -- ', ' ')}${name === 'secrets:change' ? ` "${file}"` : ''}`
      })
      const env = cleanEnvironment({ ...settings(), BASE: server.url, ...more })
      return (await run('bash', ['-euc', commands], { cwd: ROOT, env })).stdout
    },
  }
}

const settings = () => parseEnv(readFileSync(file, 'utf8')) as Record<string, string>
const dotenv = (values: Record<string, string>) =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
const me = (app: TestApp, token: string) => app.call('GET', '/auth/me', { token }).then(({ status }) => status)
const refresh = (app: TestApp, refresh_token: string) =>
  app.call('POST', '/auth/refresh', { body: { refresh_token } }).then(({ status }) => status)
const login = (app: TestApp, email: string) =>
  app.call('POST', '/auth/login', { body: { email, password: PASSWORD } }).then(({ status }) => status)

t.test('a signing key leaked', async (t) => {
  const { server, scripts, shell } = await deploy(t, 'A signing key leaked')
  const session = await newSession(server())
  t.equal(scripts.length, 1)
  t.match(JSON.parse(await shell(scripts[0])), { persisted: ['redis', 'postgres'] })
  t.equal(await me(server(), session.access_token), 401)
  t.equal(await refresh(server(), session.refresh_token), 200)
})

t.test('KEY_ENCRYPTION_KEY leaked', async (t) => {
  const { server, scripts, shell, startAnew } = await deploy(t, 'KEY_ENCRYPTION_KEY leaked')
  const before = settings()
  const session = await newSession(server())
  t.equal(scripts.length, 3)
  await shell(scripts[0])
  const switched = await startAnew()
  t.equal(await me(switched, session.access_token), 200, 'nobody notices yet')
  t.match(await shell(scripts[1]), /every signing key is sealed under KEY_ENCRYPTION_KEY/)
  await startAnew()
  const key = await newSession(server())
  await shell(scripts[2])
  for (const { access_token, refresh_token } of [session, key]) {
    t.equal(await me(server(), access_token), 401)
    t.equal(await refresh(server(), refresh_token), 401)
  }
  t.equal(await login(server(), session.email), 200)
  t.not(settings().KEY_ENCRYPTION_KEY, before.KEY_ENCRYPTION_KEY)
  t.equal(settings().KEY_ENCRYPTION_KEY_SECOND, undefined)
})

t.test('ADMIN_API_KEY leaked', async (t) => {
  const { server, scripts, shell, startAnew } = await deploy(t, 'ADMIN_API_KEY leaked')
  const session = await newSession(server())
  const { ADMIN_API_KEY: old = '' } = settings()
  t.equal(scripts.length, 2)
  await shell(scripts[0])
  const app = await startAnew()
  t.match(JSON.parse(await shell(scripts[1])), { epoch: 1 })
  t.equal((await app.call('GET', '/admin/keys', { token: old })).status, 401)
  t.equal(await me(app, session.access_token), 200)
})

t.test('a dump of Postgres leaked', async (t) => {
  const { server, owner, scripts, blocks, shell, startAnew } = await deploy(t, 'A dump of Postgres leaked')
  const session = await newSession(server())
  const old = settings().DATABASE_URL ?? ''
  const next = as(old, 'tokenforge_server_2', 'another-password')
  t.match(await shell(scripts[0], { NEW_DATABASE_URL: next }), /^confined the role tokenforge_server_2$/m)
  t.equal(await login(server(), session.email), 200, 'the old role still works')
  const app = await startAnew({ DATABASE_URL: next })
  const client = new pg.Client({ connectionString: owner })
  await client.connect()
  t.teardown(() => client.end())
  for (const sql of blocks('sql')) await client.query(sql)
  await t.rejects(new pg.Client({ connectionString: old }).connect(), { code: '28000' })
  t.equal(await login(app, session.email), 200)
  t.equal(await refresh(app, session.refresh_token), 200, 'nobody is logged out')
  await client.query('ALTER ROLE tokenforge_server LOGIN')
})

t.test('a dump of Redis leaked', async (t) => {
  const { server, admin, blocks, startAnew } = await deploy(t, 'A dump of Redis leaked')
  const session = await newSession(server())
  const { REDIS_URL: old = '' } = settings()
  const redis = new Redis(admin)
  t.teardown(() => redis.disconnect())
  const passwords = { NEW_PASSWORD: 'the-next-one', OLD_PASSWORD: new URL(old).password }
  const administer = async (block = '') => {
    for (const line of block.trim().split('\n')) {
      const [name = '', ...words] = line.split(' ')
      await redis.call(
        name,
        ...words.map((word) => word.replace(/\w+_PASSWORD/, (text) => Reflect.get(passwords, text))),
      )
    }
  }
  const [first, second] = blocks('redis')
  await administer(first)
  t.equal(await refresh(server(), session.refresh_token), 200, 'the old password still works')
  const app = await startAnew({ REDIS_URL: as(old, 'tokenforge_server', passwords.NEW_PASSWORD) })
  await administer(second)
  const thief = new Redis(old, { lazyConnect: true, retryStrategy: () => null })
  thief.on('error', () => {})
  await t.rejects(thief.connect().then(() => thief.ping()))
  await until(async () => (await login(app, session.email)) === 200)
})
