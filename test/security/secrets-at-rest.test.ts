import { randomBytes } from 'node:crypto'
import bcrypt from 'bcrypt'
import t from 'tap'
import { ADMIN_KEY } from '../fixtures/app.ts'
import { startWorld } from '../routes/world.ts'
import { dumpPostgres, dumpRedis, formsOf, secretsOfKey } from './dump.ts'
import { isClean, startTarget } from './target.ts'

// A busy session of many users, each of whose secrets is another one: then the log and a dump of both stores are searched
// for all of them.
const USERS = 20
const ERROR = 50
const app = await startTarget(t, await startWorld(t), { LOG_LEVEL: 'trace', ACCOUNT_RATE_LIMIT: '1000/1m' })
const { call, secrets } = app
const canary = (what: string) => `${what}-${randomBytes(9).toString('base64url')}`
const keys = new Set<string>()
const passwords: string[] = []
const emails: string[] = []
const keepKey = () => keys.add(app.app.keyRing.signingKey().privatePem)

async function session(): Promise<void> {
  const [password, wrong, next] = [canary('password'), canary('wrong'), canary('renewed')]
  const email = `${canary('canary')}@example.com`.toLowerCase()
  passwords.push(password, wrong, next)
  emails.push(email)
  const post = (path: string, body: unknown, token?: string) =>
    call('POST', path, { body, ...(token !== undefined && { token }) })
  await post('/auth/register', { email, password })
  await post('/auth/register', { email, password: next })
  await post('/auth/login', { email, password: wrong })
  await post('/auth/login', { email, password, extra: wrong })
  await post('/auth/login', `{"email":"${email}","password":"${password}`)
  await post('/auth/login', `{"email":"${email}","email":"${email}","password":"${password}"}`)
  const { body: first } = await post('/auth/login', { email, password })
  const { body: second } = await post('/auth/refresh', { refresh_token: first.refresh_token })
  await post('/auth/refresh', { refresh_token: `${second.refresh_token}x` })
  await post('/auth/verify', { token: second.access_token })
  await post('/auth/verify', { token: `${second.access_token}x` })
  await call('GET', `/auth/me?access_token=${second.access_token}`, { token: second.access_token })
  await call('GET', `/${second.access_token}`)
  await call('DELETE', `/auth/sessions/${second.refresh_token}`, { token: second.access_token })
  await call('GET', `/auth/revocations?since=${second.refresh_token}`)
  await post('/auth/password', { current_password: password, new_password: next }, second.access_token)
  const { body: third } = await post('/auth/login', { email, password: next })
  await post('/auth/logout', { refresh_token: third.refresh_token })
}

keepKey()
for (let i = 0; i < USERS; i += 1) await session()
await call('POST', '/admin/keys/rotate', { token: ADMIN_KEY })
keepKey()
await session()
await call('POST', '/admin/keys/revoke-all', { token: ADMIN_KEY, body: { reason: 'a test' } })
keepKey()
await session()

t.test(
  'A35: 200 secrets and more of a busy session are nowhere in the log, not at the level trace either',
  async (t) => {
    for (const secret of [...passwords, ...emails]) secrets.add(secret)
    for (const url of [app.env.DATABASE_URL, app.env.REDIS_URL]) secrets.add(new URL(String(url)).password)
    for (const pem of keys) for (const secret of secretsOfKey(pem)) secrets.add(secret)
    for (const token of [...secrets]) {
      const [, payload, signature] = token.split('.')
      if (token.startsWith('eyJ') && payload && signature) secrets.add(payload).add(signature)
    }
    t.ok(secrets.size >= 200, `${secrets.size} secrets`)
    t.ok(app.logs.length > 18 * USERS, `${app.logs.length} lines`)
    // Its start may warn.
    isClean(t, app, 0, ERROR)
  },
)

t.test(
  'A36: a dump of Redis and Postgres holds no password, token, private key, pepper or key-encryption key',
  async (t) => {
    const dumps = {
      redis: await dumpRedis(String(app.env.REDIS_URL)),
      postgres: await dumpPostgres(String(app.env.DATABASE_URL)),
    }
    const kek = Buffer.from(String(app.env.KEY_ENCRYPTION_KEY), 'base64')
    const sought = [...secrets].filter((secret) => !emails.includes(secret))
    const forms = [...sought.flatMap(formsOf), kek.toString('hex'), kek.toString('latin1'), kek.toString('base64url')]
    for (const [name, dump] of Object.entries(dumps)) {
      t.ok(dump.length > 1000, `${name}: ${dump.length} characters`)
      t.strictSame(
        forms.filter((form) => form !== '' && dump.includes(form)),
        [],
        `none of ${sought.length} in ${name}`,
      )
      t.notMatch(dump, /PRIVATE KEY|"(d|p|q|dp|dq|qi)" ?:|tfr_|eyJ[A-Za-z0-9_-]{10,}\.eyJ/, name)
    }
    t.ok(dumps.postgres.includes(emails[0] ?? ''), 'the dump is the one of this session')
  },
)

t.test('A36: what a dump does hold opens nothing: hashes, ids, sealed keys, names of sessions', async (t) => {
  const rows = await app.sql('SELECT email, password_hash FROM users ORDER BY id')
  t.equal(rows.length, USERS + 2)
  for (const [i, { email, password_hash }] of rows.entries()) {
    const stored = String(password_hash)
    const hash = stored.slice(stored.indexOf('$'))
    t.notOk(await bcrypt.compare(String(passwords[3 * i + 2]), hash), 'without the pepper the password fits no hash')
    for (const password of [stored, hash]) {
      t.equal((await call('POST', '/auth/login', { body: { email, password } })).status, 401, 'a hash is no password')
    }
  }
  const dump = await dumpRedis(String(app.env.REDIS_URL))
  const words = new Set(dump.match(/[A-Za-z0-9_.-]{20,}/g))
  t.ok(words.size >= USERS)
  for (const word of words) {
    t.equal((await call('GET', '/auth/me', { token: word })).status, 401)
    for (const refresh_token of [word, `tfr_${word.slice(0, 96)}`]) {
      t.equal((await call('POST', '/auth/refresh', { body: { refresh_token } })).status, 401)
    }
  }
})
