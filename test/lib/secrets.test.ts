import { parseEnv } from 'node:util'
import t from 'tap'
import { loadConfig, readAuditKey } from '../../lib/config.ts'
import { CHANGEABLE, changeSecret, newSecret, SECRET_NAMES } from '../../lib/secrets.ts'

const rest = {
  DATABASE_URL: 'postgres://db/x',
  REDIS_URL: 'redis://cache',
  ISSUER: 'https://auth.example.com',
  AUDIENCE: 'api',
}
const file = ['kek', 'admin', 'pepper'].map((name) => newSecret(name as 'kek'))
const text = `# kept\nAUDIT_KEY=${Buffer.alloc(32, 7).toString('base64')}\n${file.map(({ variable, value }) => `${variable}=${value}\n`).join('')}BCRYPT_COST=4`

t.test('each secret is new every time, and the server takes it', async (t) => {
  for (const name of SECRET_NAMES) t.not(newSecret(name).value, newSecret(name).value)
  for (const name of ['postgres', 'postgres-owner', 'redis'] as const) t.match(newSecret(name).value, /^[0-9a-f]{48}$/)
  t.doesNotThrow(() => loadConfig({ ...rest, ...parseEnv(text) }))
})

t.test('a change in three steps, each of them good for the server', async (t) => {
  for (const name of CHANGEABLE) {
    const { variable } = newSecret(name)
    const second = `${variable}_SECOND`
    const read = (from: string) => {
      const values = parseEnv(from)
      loadConfig({ ...rest, ...values })
      return [values[variable], values[second]]
    }
    const [old] = read(text)
    const begun = changeSecret(text, name, 'begin')
    const [, next] = read(begun)
    t.strictSame(read(begun), [old, next], name)
    t.not(next, undefined)
    const switched = changeSecret(begun, name, 'switch')
    t.strictSame(read(switched), [next, old])
    t.strictSame(read(changeSecret(switched, name, 'switch')), [old, next], 'back again')
    const ended = changeSecret(switched, name, 'end')
    t.strictSame(read(ended), [next, undefined])
    t.equal(ended, `${text.replace(old ?? '', () => next ?? '')}\n`, 'and nothing else has changed')
    t.equal(changeSecret(begun, name, 'end'), `${text}\n`, 'called off')
  }
})

t.test('steps out of turn', async (t) => {
  const begun = changeSecret(text, 'admin', 'begin')
  const table: [string, 'begin' | 'switch' | 'end', string][] = [
    [begun, 'begin', 'ADMIN_API_KEY_SECOND: is set, a change has begun already'],
    [text, 'switch', 'ADMIN_API_KEY_SECOND: is missing, no change has begun'],
    [text, 'end', 'ADMIN_API_KEY_SECOND: is missing, no change has begun'],
    ['ADMIN_API_KEY=\n', 'begin', 'ADMIN_API_KEY: is missing'],
    ['', 'begin', 'ADMIN_API_KEY: is missing'],
  ]
  for (const [given, step, message] of table) t.throws(() => changeSecret(given, 'admin', step), { message })
})

t.test('a change of the key-encryption key keeps that of the audit log', async (t) => {
  const auditKey = (from: string) => readAuditKey(parseEnv(from)).toString('hex')
  const derived = text.replace(/^AUDIT_KEY.*\n/m, '')
  let changed = derived
  for (const step of ['begin', 'switch', 'end'] as const) {
    changed = changeSecret(changed, 'kek', step)
    t.equal(auditKey(changed), auditKey(derived), step)
  }
  t.equal(auditKey(changeSecret(changed, 'kek', 'begin')), auditKey(derived), 'and the next one')
})
