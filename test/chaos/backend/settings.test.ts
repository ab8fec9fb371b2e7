import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { readSettings, SettingsError } from '../../../chaos/backend/settings.ts'
import { cleanEnvironment, nodeCommand } from '../../fixtures/environment.ts'

const GOOD = { AUTH_URL: 'http://127.0.0.1:3000/', AUDIENCE: 'https://api.example.com' }

function problems(env: Record<string, string>): readonly string[] {
  try {
    readSettings(env)
    return []
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    return error.problems
  }
}

t.test('two are enough, the others follow', async (t) => {
  t.match(readSettings(GOOD), {
    host: '127.0.0.1',
    port: 3001,
    authUrl: 'http://127.0.0.1:3000',
    issuer: 'http://127.0.0.1:3000',
    jwksUri: 'http://127.0.0.1:3000/.well-known/jwks.json',
    revocationsUri: 'http://127.0.0.1:3000/auth/revocations',
    auth: { failures: 5, halfOpenAfterMs: 10_000 },
  })
  t.equal(readSettings({ ...GOOD, ISSUER: 'https://auth.example.com' }).issuer, 'https://auth.example.com')
  t.equal(readSettings({ ...GOOD, PORT: '' }).port, 3001, 'an empty value is none')
})

t.test('each mistake has a line', async (t) => {
  t.strictSame(problems({}), ['AUTH_URL: is missing', 'AUDIENCE: is missing'])
  const wrong = { ...GOOD, AUTH_URL: 'ftp://auth', PORT: '70000', LOG_LEVEL: 'loud', HEARTBEAT_MS: '1.5' }
  t.strictSame(problems(wrong), [
    'LOG_LEVEL: must be one of fatal, error, warn, info, debug, trace, silent',
    'AUTH_URL: must be an http or https URL',
    'PORT: must be a whole number from 0 to 65535',
    'HEARTBEAT_MS: must be a whole number from 1 to 3600000',
  ])
})

t.test('the process says so and ends', async (t) => {
  const [file, args] = nodeCommand(join(import.meta.dirname, '../../../chaos/backend/server.ts'))
  const env = cleanEnvironment({ AUTH_URL: '', AUDIENCE: 'a' })
  const { status, stderr } = spawnSync(file, args, { env, encoding: 'utf8' })
  t.equal(status, 1)
  t.equal(stderr, 'AUTH_URL: is missing\n')
})
