import { randomBytes } from 'node:crypto'
import { parseEnv } from 'node:util'
import t, { type Test } from 'tap'
import { CHANGE_STEPS, CHANGEABLE, changeSecret } from '../../lib/secrets.ts'
import { newSession, PASSWORD, type TestApp } from '../fixtures/app.ts'
import { startWhole, startWorld } from '../routes/world.ts'
import { command } from './command.ts'

const world = await startWorld(t)
const env = await world.environment({
  PASSWORD_PEPPER: 'the-pepper-before',
  ADMIN_API_KEY: randomBytes(32).toString('hex'),
})
const write = (variables: Record<string, string>) =>
  Object.entries(variables)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')

/** The settings before, between and after the steps, with all three secrets in one go. */
const phases = [env]
for (const step of CHANGE_STEPS) {
  let file = write(phases.at(-1) ?? {})
  for (const name of CHANGEABLE) file = changeSecret(file, name, step)
  phases.push(parseEnv(file) as Record<string, string>)
}

/** Everything that depends on a secret, begun at one server and gone on with at another. */
async function worksAcross(t: Test, one: TestApp, other: TestApp, key: string) {
  const session = await newSession(one)
  const credentials = { email: session.email, password: PASSWORD }
  t.equal((await other.call('POST', '/auth/login', { body: credentials })).status, 200, 'the password')
  t.equal((await one.call('POST', '/auth/login', { body: credentials })).status, 200, 'hashed anew, perhaps')
  const refresh = (app: TestApp, refresh_token: string) =>
    app.call('POST', '/auth/refresh', { body: { refresh_token } })
  const first = await refresh(other, session.refresh_token)
  t.equal(first.status, 200, 'the refresh token')
  const second = await refresh(one, first.body.refresh_token)
  t.equal(second.status, 200, 'the refresh token of the other')
  t.equal((await other.call('GET', '/auth/me', { token: second.body.access_token })).status, 200, 'the access token')
  t.equal((await other.call('GET', '/admin/keys', { token: key })).status, 200, 'the admin key')
  return session
}

t.test('all secrets are changed while two servers at a time serve, and nobody notices', async (t) => {
  const apps: TestApp[] = []
  for (const phase of phases.slice(0, 3)) apps.push(await startWhole(t, { ...phase, LOG_LEVEL: 'error' }))
  const [before, begun, switched] = apps as [TestApp, TestApp, TestApp]
  const keys = phases.map((phase) => String(phase.ADMIN_API_KEY))
  const early = await worksAcross(t, before, begun, keys[0] ?? '')
  await worksAcross(t, begun, switched, keys[0] ?? '')
  await worksAcross(t, begun, switched, keys[2] ?? '')

  const { out, err, code } = await command(['cli/reseal.ts'], { env: phases[2] ?? {} })
  t.match(out, /^sealed anew: \S+\nsealed anew: \S+\nevery signing key is sealed under KEY_ENCRYPTION_KEY,/)
  t.match(out, /^refresh tokens of KEY_ENCRYPTION_KEY_SECOND may come until \d{4}-/m)
  t.strictSame([err, code], ['', 0])
  t.match(
    (await command(['cli/reseal.ts'], { env: phases[2] ?? {} })).out,
    /^every signing key is sealed/,
    'once is enough',
  )

  const ended = await startWhole(t, { ...phases[3], LOG_LEVEL: 'error' })
  await worksAcross(t, switched, ended, keys[2] ?? '')
  t.equal((await ended.call('GET', '/auth/me', { token: early.access_token })).status, 200, 'a token of before')
  t.equal((await ended.call('GET', '/admin/keys', { token: keys[0] ?? '' })).status, 401, 'the old admin key')
  const lines = [begun, switched, ended].flatMap((app) => app.logs)
  t.strictSame(lines, [], 'no server had anything to complain of')
})
