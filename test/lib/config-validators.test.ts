import { EnvError } from 'envalid'
import t from 'tap'
import { ConfigError, loadConfig, SETTING_NAMES } from '../../lib/config.ts'
import { parseBudget, parseDuration } from '../../lib/config-validators.ts'

const SECRET = 'S3CRET'
const required = {
  DATABASE_URL: 'postgres://db/tokenforge',
  REDIS_URL: 'redis://cache',
  ISSUER: 'https://auth.example.com',
  AUDIENCE: 'a',
  KEY_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
  ADMIN_API_KEY: 'k'.repeat(32),
}
const durations = ['10', 's', '10 s', '-1s', '1.5s', '10S', '1w', '0s', '1e3s', ' 10s', '10s ', '999999999999d']
const integers = ['x', '-1', '1.5', '1e3', '0x10', ' 1', '9999999999999999']
const flags = ['yes', '1', 'TRUE', ' true']
const budgets = ['60', '60/', '/1m', '0/1m', '-1/1m', '60/1', '60/0s', '60 / 1m', '1.5/1m', '9999999999/1m']

const keys = [
  SECRET,
  SECRET.repeat(8),
  Buffer.alloc(31).toString('base64'),
  Buffer.alloc(33).toString('base64'),
  `${SECRET} ${'A'.repeat(43)}`,
  Buffer.alloc(32).toString('hex'),
]
const files = ['no-such-file', '/', import.meta.filename]

const wrong: Record<string, readonly string[]> = {
  DATABASE_URL: [SECRET, `mysql://u:${SECRET}@db`, `http://${SECRET}`, `//u:${SECRET}@db`, `postgres:${SECRET}`],
  MIGRATION_DATABASE_URL: [SECRET, `mysql://u:${SECRET}@db`, `http://${SECRET}`, `postgres:${SECRET}`],
  DATABASE_CA_FILE: files,
  REDIS_CA_FILE: files,
  REDIS_URL: [SECRET, `http://:${SECRET}@cache`, 'unix:/tmp/redis.sock', 'redis:cache'],
  ISSUER: [
    'auth.example.com',
    'http://auth.example.com',
    'http://127.0.0.1.example.com',
    'ftp://localhost',
    'https://auth.example.com/',
    'https://auth.example.com/?',
    'https://auth.example.com?a=b',
    'https://auth.example.com#a',
    `https://u:${SECRET}@auth.example.com`,
    'https://u@auth.example.com',
  ],
  AUDIENCE: [',', 'a,', 'a,,b', ' ,a'],
  KEY_ENCRYPTION_KEY: keys,
  AUDIT_KEY: keys,
  KEY_ENCRYPTION_KEY_SECOND: keys,
  ADMIN_API_KEY: [SECRET, `${SECRET} ${'k'.repeat(32)}`, `${SECRET}${'k'.repeat(32)}\n`],
  ADMIN_API_KEY_SECOND: [SECRET, `${SECRET} ${'k'.repeat(32)}`, `${SECRET}${'k'.repeat(32)}\n`],
  HOST: ['two words', ' '],
  PORT: [...integers, '65536'],
  TRUST_PROXY: [
    'true',
    '100',
    '-1',
    'proxy.example.com',
    '10.0.0.0/8,',
    'beef',
    '999.0.0.1',
    '1.2.3',
    '10.0.0.0/33',
    ':::',
  ],
  LOG_LEVEL: ['INFO', 'verbose', 'info '],
  ACCESS_TOKEN_TTL: durations,
  REFRESH_TOKEN_TTL: durations,
  REFRESH_GRACE: durations,
  SESSION_MAX_AGE: durations,
  SIGNING_ALG: ['none', 'HS256', 'rs256', 'RS512', 'Ed25519'],
  RSA_BITS: [...integers, '2047', '1024', '8193'],
  KEY_ROTATION_INTERVAL: durations,
  KEY_RETIREMENT: durations,
  BCRYPT_COST: [...integers, '3', '17'],
  PASSWORD_PEPPER: [SECRET, `${SECRET} ${SECRET} ${SECRET}`],
  PASSWORD_PEPPER_SECOND: [SECRET, `${SECRET} ${SECRET} ${SECRET}`],
  PASSWORD_MIN_LENGTH: [...integers, '0', '129'],
  PASSWORD_BLOCKLIST_FILE: ['no-such-file', 'package.json'],
  REGISTRATION_ANSWERS: ['Alike', 'both', 'true'],
  BREAKER_WINDOW: durations,
  BREAKER_THRESHOLD: ['0', '1', '50', '50%', '-.5', '1.5', '0.0', '.', '0.1234567', '5e-1'],
  BREAKER_MINIMUM_CALLS: [...integers, '0', '10001'],
  BREAKER_HALF_OPEN_AFTER: durations,
  POSTGRES_CONNECT_TIMEOUT: durations,
  POSTGRES_QUERY_TIMEOUT: durations,
  POSTGRES_POOL_MAX: [...integers, '0', '1001'],
  MAX_CONNECTIONS: [...integers, '0', '1000001'],
  REDIS_CONNECT_TIMEOUT: durations,
  REDIS_COMMAND_TIMEOUT: durations,
  HEALTH_PROBE_INTERVAL: durations,
  LOGIN_RATE_LIMIT: budgets,
  ACCOUNT_RATE_LIMIT: budgets,
  SHUTDOWN_GRACE: durations,
  MIGRATE_ON_START: flags,
  AUDIT_SPILL_DIR: ['two words', ' '],
  AUDIT_SPILL_MAX: [...integers, '65535', '1099511627777'],
  AUDIT_RETENTION: durations,
}

t.test('the table below has every setting', async (t) => {
  t.strictSame(Object.keys(wrong).sort(), SETTING_NAMES.toSorted())
})

for (const [name, values] of Object.entries(wrong)) {
  t.test(`${name}: each wrong value is one line that names it and tells no secret`, async (t) => {
    for (const value of values) {
      const problems = problemsOf({ ...required, [name]: value })
      t.equal(problems.length, 1, JSON.stringify(value))
      t.match(problems[0], new RegExp(`^${name}: (must|can not|has no|is no) [^\\n]+$`))
      t.notMatch(problems[0], SECRET)
    }
  })
}

t.test('an issuer may be http on this machine alone', async (t) => {
  for (const host of ['localhost', '127.0.0.1', '127.1.2.3', '[::1]', 'localhost:8080']) {
    t.equal(loadConfig({ ...required, ISSUER: `http://${host}` }).issuer, `http://${host}`)
  }
  t.equal(loadConfig({ ...required, ISSUER: 'https://a.example/tenant' }).issuer, 'https://a.example/tenant')
})

t.test('durations and budgets', async (t) => {
  const table = { '1ms': 1, '10s': 10_000, '15m': 900_000, '24h': 86_400_000, '30d': 2_592_000_000 }
  for (const [text, ms] of Object.entries(table)) t.equal(parseDuration(text), ms)
  for (const text of durations) t.throws(() => parseDuration(text), EnvError, text)
  t.strictSame(parseBudget('60/1m'), { max: 60, windowMs: 60_000 })
  for (const text of budgets) t.throws(() => parseBudget(text), EnvError, text)
})

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}
