import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { auditKeyOf } from '../../lib/audit/chain.ts'
import { type Config, ConfigError, loadConfig, readAuditKey, SETTING_NAMES } from '../../lib/config.ts'
import { makeAuthority } from '../fixtures/certificates.ts'
import { temporaryFolder } from '../fixtures/temporary-folder.ts'

const KEY = randomBytes(32)
const OTHER = randomBytes(32)
const required = {
  DATABASE_URL: 'postgres://tokenforge:hunter2@db:5432/tokenforge',
  REDIS_URL: 'redis://:hunter3@cache:6379',
  ISSUER: 'https://auth.example.com',
  AUDIENCE: 'https://api.example.com',
  KEY_ENCRYPTION_KEY: KEY.toString('base64'),
  ADMIN_API_KEY: 'an-admin-key-of-thirty-two-letters-or-more',
}
const CA = makeAuthority(temporaryFolder(t), 'ca').caFile
const WITH_CA = `${required.DATABASE_URL}?sslrootcert=${encodeURIComponent(CA)}&sslmode=verify-full`
const FILTER = fileURLToPath(new URL('../../lib/auth/common-passwords.filter', import.meta.url))
const SECOND = 1000
const DAY = 86_400 * SECOND

t.test('what is required, and the defaults of the rest', async (t) => {
  t.strictSame(loadConfig(required), {
    databaseUrl: required.DATABASE_URL,
    migrationDatabaseUrl: required.DATABASE_URL,
    redisUrl: required.REDIS_URL,
    redisCa: undefined,
    issuer: required.ISSUER,
    audiences: ['https://api.example.com'],
    keyEncryptionKey: KEY,
    secondKeyEncryptionKey: undefined,
    adminApiKey: required.ADMIN_API_KEY,
    secondAdminApiKey: undefined,
    host: '127.0.0.1',
    port: 3000,
    trustProxy: false,
    maxConnections: 10_000,
    logLevel: 'info',
    accessTokenTtl: 900 * SECOND,
    refreshTokenTtl: 7 * DAY,
    refreshGrace: 10 * SECOND,
    sessionMaxAge: 30 * DAY,
    signingAlg: 'RS256',
    rsaBits: 2048,
    keyRotationInterval: 30 * DAY,
    keyRetirement: DAY,
    bcryptCost: 12,
    passwordPepper: undefined,
    secondPasswordPepper: undefined,
    passwordMinLength: 8,
    passwordBlocklistFile: undefined,
    registrationAnswers: 'distinct',
    breaker: { windowMs: 10 * SECOND, threshold: 0.5, minimumCalls: 5, halfOpenAfter: 30 * SECOND },
    postgres: { connectTimeout: SECOND, queryTimeout: SECOND, poolMax: 10 },
    redis: { connectTimeout: SECOND, commandTimeout: 500 },
    healthProbeInterval: SECOND,
    loginRateLimit: { max: 60, windowMs: 60 * SECOND },
    accountRateLimit: { max: 10, windowMs: 900 * SECOND },
    shutdownGrace: 10 * SECOND,
    migrateOnStart: true,
    audit: { key: auditKeyOf(KEY), spillDir: undefined, spillMax: 67_108_864, retention: 365 * DAY },
  } satisfies Config)
})

t.test('every setting can be set', async (t) => {
  const pick = {
    DATABASE_URL: ['postgresql://db/x', (c: Config) => c.databaseUrl, 'postgresql://db/x'],
    MIGRATION_DATABASE_URL: ['postgres://owner@db/x', (c: Config) => c.migrationDatabaseUrl, 'postgres://owner@db/x'],
    REDIS_URL: ['rediss://cache', (c: Config) => c.redisUrl, 'rediss://cache'],
    DATABASE_CA_FILE: [CA, (c: Config) => c.databaseUrl, WITH_CA],
    REDIS_CA_FILE: [CA, (c: Config) => c.redisCa, readFileSync(CA, 'utf8')],
    ISSUER: ['http://[::1]:3000', (c: Config) => c.issuer, 'http://[::1]:3000'],
    AUDIENCE: ['a, b', (c: Config) => c.audiences, ['a', 'b']],
    KEY_ENCRYPTION_KEY: [KEY.toString('base64url'), (c: Config) => c.keyEncryptionKey, KEY],
    KEY_ENCRYPTION_KEY_SECOND: [OTHER.toString('base64'), (c: Config) => c.secondKeyEncryptionKey, OTHER],
    ADMIN_API_KEY: ['k'.repeat(32), (c: Config) => c.adminApiKey, 'k'.repeat(32)],
    ADMIN_API_KEY_SECOND: ['l'.repeat(32), (c: Config) => c.secondAdminApiKey, 'l'.repeat(32)],
    HOST: ['::', (c: Config) => c.host, '::'],
    PORT: ['0', (c: Config) => c.port, 0],
    TRUST_PROXY: ['10.0.0.0/8, ::1', (c: Config) => c.trustProxy, ['10.0.0.0/8', '::1']],
    MAX_CONNECTIONS: ['500', (c: Config) => c.maxConnections, 500],
    LOG_LEVEL: ['silent', (c: Config) => c.logLevel, 'silent'],
    ACCESS_TOKEN_TTL: ['5m', (c: Config) => c.accessTokenTtl, 300 * SECOND],
    REFRESH_TOKEN_TTL: ['30d', (c: Config) => c.refreshTokenTtl, 30 * DAY],
    REFRESH_GRACE: ['500ms', (c: Config) => c.refreshGrace, 500],
    SESSION_MAX_AGE: ['24h', (c: Config) => c.sessionMaxAge, DAY],
    SIGNING_ALG: ['EdDSA', (c: Config) => c.signingAlg, 'EdDSA'],
    RSA_BITS: ['4096', (c: Config) => c.rsaBits, 4096],
    KEY_ROTATION_INTERVAL: ['1d', (c: Config) => c.keyRotationInterval, DAY],
    KEY_RETIREMENT: ['2d', (c: Config) => c.keyRetirement, 2 * DAY],
    BCRYPT_COST: ['4', (c: Config) => c.bcryptCost, 4],
    PASSWORD_PEPPER: ['p'.repeat(16), (c: Config) => c.passwordPepper, 'p'.repeat(16)],
    PASSWORD_PEPPER_SECOND: ['q'.repeat(16), (c: Config) => c.secondPasswordPepper, 'q'.repeat(16)],
    PASSWORD_MIN_LENGTH: ['15', (c: Config) => c.passwordMinLength, 15],
    PASSWORD_BLOCKLIST_FILE: [FILTER, (c: Config) => c.passwordBlocklistFile, FILTER],
    REGISTRATION_ANSWERS: ['alike', (c: Config) => c.registrationAnswers, 'alike'],
    BREAKER_WINDOW: ['1m', (c: Config) => c.breaker.windowMs, 60 * SECOND],
    BREAKER_THRESHOLD: ['.25', (c: Config) => c.breaker.threshold, 0.25],
    BREAKER_MINIMUM_CALLS: ['1', (c: Config) => c.breaker.minimumCalls, 1],
    BREAKER_HALF_OPEN_AFTER: ['2s', (c: Config) => c.breaker.halfOpenAfter, 2 * SECOND],
    POSTGRES_CONNECT_TIMEOUT: ['2s', (c: Config) => c.postgres.connectTimeout, 2 * SECOND],
    POSTGRES_QUERY_TIMEOUT: ['2s', (c: Config) => c.postgres.queryTimeout, 2 * SECOND],
    POSTGRES_POOL_MAX: ['50', (c: Config) => c.postgres.poolMax, 50],
    REDIS_CONNECT_TIMEOUT: ['2s', (c: Config) => c.redis.connectTimeout, 2 * SECOND],
    REDIS_COMMAND_TIMEOUT: ['1s', (c: Config) => c.redis.commandTimeout, SECOND],
    HEALTH_PROBE_INTERVAL: ['5s', (c: Config) => c.healthProbeInterval, 5 * SECOND],
    LOGIN_RATE_LIMIT: ['5/1h', (c: Config) => c.loginRateLimit, { max: 5, windowMs: 3600 * SECOND }],
    ACCOUNT_RATE_LIMIT: ['3/1d', (c: Config) => c.accountRateLimit, { max: 3, windowMs: DAY }],
    SHUTDOWN_GRACE: ['1s', (c: Config) => c.shutdownGrace, SECOND],
    MIGRATE_ON_START: ['false', (c: Config) => c.migrateOnStart, false],
    AUDIT_SPILL_DIR: ['/var/spill', (c: Config) => c.audit.spillDir, '/var/spill'],
    AUDIT_SPILL_MAX: ['65536', (c: Config) => c.audit.spillMax, 65_536],
    AUDIT_KEY: [Buffer.alloc(32, 9).toString('base64'), (c: Config) => c.audit.key.toString('hex'), '09'.repeat(32)],
    AUDIT_RETENTION: ['1d', (c: Config) => c.audit.retention, DAY],
  } as const
  t.strictSame(Object.keys(pick).sort(), SETTING_NAMES.toSorted(), 'the table is whole')
  for (const [name, [text, read, value]] of Object.entries(pick)) {
    const needed = name === 'REDIS_CA_FILE' ? { REDIS_URL: 'rediss://cache' } : {}
    t.strictSame(read(loadConfig({ ...required, ...needed, [name]: text })), value, `${name}=${text}`)
  }
  t.equal(loadConfig({ ...required, TRUST_PROXY: '2' }).trustProxy, 2)
  t.equal(loadConfig({ ...required, TRUST_PROXY: '0' }).trustProxy, false)
  t.equal(loadConfig({ ...required, TRUST_PROXY: 'false' }).trustProxy, false)
})

t.test('a missing setting, or an empty one, is one line', async (t) => {
  for (const name of Object.keys(required)) {
    const missing = problemsOf({ ...required, [name]: undefined })
    t.equal(missing.length, 1)
    t.match(missing[0], new RegExp(`^${name}: is missing \\(.+\\)$`))
    t.strictSame(problemsOf({ ...required, [name]: '' }), missing)
  }
  t.equal(problemsOf({}).length, Object.keys(required).length, 'all of them at once')
})

t.test('all mistakes are told at once, one a line', async (t) => {
  const env = { ...required, PORT: 'x', BCRYPT_COST: '3', LOG_LEVEL: 'loud' }
  t.throws(() => loadConfig(env), { name: 'ConfigError', message: problemsOf(env).join('\n') })
  t.strictSame(
    problemsOf(env)
      .map((line) => line.split(':')[0])
      .toSorted(),
    ['BCRYPT_COST', 'LOG_LEVEL', 'PORT'],
  )
})

t.test('variables that are not settings are not looked at', async (t) => {
  t.strictSame(loadConfig({ ...required, NODE_ENV: 'test', PATH: '/bin' }), loadConfig(required))
})

t.test('settings that contradict each other', async (t) => {
  const table: [env: Record<string, string>, name: string][] = [
    [{ ACCESS_TOKEN_TTL: '25h' }, 'KEY_RETIREMENT'],
    [{ KEY_RETIREMENT: '899s' }, 'KEY_RETIREMENT'],
    [{ AUDIT_RETENTION: '23h' }, 'AUDIT_RETENTION'],
    [{ ACCESS_TOKEN_TTL: '999ms' }, 'ACCESS_TOKEN_TTL'],
    [{ REFRESH_GRACE: '7d' }, 'REFRESH_GRACE'],
    [{ POSTGRES_CONNECT_TIMEOUT: '2001ms' }, 'POSTGRES_QUERY_TIMEOUT'],
    [{ REDIS_COMMAND_TIMEOUT: '1001ms' }, 'REDIS_COMMAND_TIMEOUT'],
    [{ REDIS_CA_FILE: CA }, 'REDIS_CA_FILE'],
    [{ REDIS_CA_FILE: 'no-such-file' }, 'REDIS_CA_FILE'],
    [{ KEY_ENCRYPTION_KEY_SECOND: KEY.toString('base64url') }, 'KEY_ENCRYPTION_KEY_SECOND'],
    [{ ADMIN_API_KEY_SECOND: required.ADMIN_API_KEY }, 'ADMIN_API_KEY_SECOND'],
    [{ PASSWORD_PEPPER: 'p'.repeat(16), PASSWORD_PEPPER_SECOND: 'p'.repeat(16) }, 'PASSWORD_PEPPER_SECOND'],
  ]
  for (const [env, name] of table) {
    const problems = problemsOf({ ...required, ...env })
    t.equal(problems.length, 1)
    t.match(problems[0], new RegExp(`^${name}: .*(must|needs|can not) [^\\n]+$`), Object.keys(env).join())
  }
  t.doesNotThrow(() => loadConfig({ ...required, ACCESS_TOKEN_TTL: '24h', POSTGRES_CONNECT_TIMEOUT: '2s' }))
})

function problemsOf(env: Record<string, string | undefined>): readonly string[] {
  try {
    loadConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  throw new Error('the configuration was taken')
}

t.test('the key of the audit log can be read alone, and by default comes from the key-encryption key', async (t) => {
  const [key, other] = [KEY.toString('base64'), Buffer.alloc(32, 9)]
  t.strictSame(readAuditKey({ KEY_ENCRYPTION_KEY: key }), auditKeyOf(KEY))
  t.strictSame(readAuditKey({ KEY_ENCRYPTION_KEY: key, AUDIT_KEY: other.toString('base64') }), other)
  t.strictSame(readAuditKey({ AUDIT_KEY: other.toString('base64') }), other, 'the other one is not needed')
  t.throws(() => readAuditKey({}), { name: 'ConfigError', message: /^KEY_ENCRYPTION_KEY: is missing/ })
  t.throws(() => readAuditKey({ KEY_ENCRYPTION_KEY: 'x' }), { message: /must be 32 bytes/ })
  t.throws(() => readAuditKey({ AUDIT_KEY: 'x' }), { message: /^AUDIT_KEY: must be 32 bytes/ })
})
