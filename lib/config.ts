import { cleanEnv, EnvMissingError, type ReporterOptions } from 'envalid'
import { auditKeyOf } from './audit/chain.ts'
import { relations } from './config-relations.ts'
import {
  audiences,
  type Budget,
  budget,
  caFile,
  duration,
  flag,
  fraction,
  integerBetween,
  issuer,
  key256,
  oneOf,
  passwordFilter,
  secret,
  trustProxy,
  urlOf,
  word,
} from './config-validators.ts'
import { postgresTls } from './tls.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** The signature algorithms that can be chosen, by their JOSE names (RFC 7518 section 3.1, RFC 8037 section 3.1). */
export const SIGNING_ALGS = ['RS256', 'PS256', 'ES256', 'EdDSA'] as const
export type SigningAlg = (typeof SIGNING_ALGS)[number]

const settings = {
  DATABASE_URL: urlOf('postgres:', 'postgresql:')({ desc: 'Postgres connection URL' }),
  MIGRATION_DATABASE_URL: urlOf('postgres:', 'postgresql:')({ default: undefined }),
  REDIS_URL: urlOf('redis:', 'rediss:')({ desc: 'Redis connection URL' }),
  DATABASE_CA_FILE: caFile({ default: undefined }),
  REDIS_CA_FILE: caFile({ default: undefined }),
  ISSUER: issuer({ desc: 'the iss claim and the base URL that clients see' }),
  AUDIENCE: audiences({ desc: 'the aud claim; several are separated by commas' }),
  KEY_ENCRYPTION_KEY: key256({ desc: '32 bytes in base64 that seal the signing keys' }),
  KEY_ENCRYPTION_KEY_SECOND: key256({ default: undefined }),
  ADMIN_API_KEY: secret(32)({ desc: 'the admin key, at least 32 characters' }),
  ADMIN_API_KEY_SECOND: secret(32)({ default: undefined }),
  HOST: word({ default: '127.0.0.1' }),
  PORT: integerBetween(0, 65_535)({ default: 3000 }),
  TRUST_PROXY: trustProxy({ default: false }),
  MAX_CONNECTIONS: integerBetween(1, 1_000_000)({ default: 10_000 }),
  LOG_LEVEL: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent')({ default: 'info' }),
  ACCESS_TOKEN_TTL: duration({ default: 900 * SECOND }),
  REFRESH_TOKEN_TTL: duration({ default: 7 * DAY }),
  REFRESH_GRACE: duration({ default: 10 * SECOND }),
  SESSION_MAX_AGE: duration({ default: 30 * DAY }),
  SIGNING_ALG: oneOf(...SIGNING_ALGS)({ default: 'RS256' }),
  RSA_BITS: integerBetween(2048, 8192)({ default: 2048 }),
  KEY_ROTATION_INTERVAL: duration({ default: 30 * DAY }),
  KEY_RETIREMENT: duration({ default: DAY }),
  BCRYPT_COST: integerBetween(4, 16)({ default: 12 }),
  PASSWORD_PEPPER: secret(16)({ default: undefined }),
  PASSWORD_PEPPER_SECOND: secret(16)({ default: undefined }),
  PASSWORD_MIN_LENGTH: integerBetween(1, 128)({ default: 8 }),
  PASSWORD_BLOCKLIST_FILE: passwordFilter({ default: undefined }),
  REGISTRATION_ANSWERS: oneOf('distinct', 'alike')({ default: 'distinct' }),
  BREAKER_WINDOW: duration({ default: 10 * SECOND }),
  BREAKER_THRESHOLD: fraction({ default: 0.5 }),
  BREAKER_MINIMUM_CALLS: integerBetween(1, 10_000)({ default: 5 }),
  BREAKER_HALF_OPEN_AFTER: duration({ default: 30 * SECOND }),
  POSTGRES_CONNECT_TIMEOUT: duration({ default: SECOND }),
  POSTGRES_QUERY_TIMEOUT: duration({ default: SECOND }),
  POSTGRES_POOL_MAX: integerBetween(1, 1000)({ default: 10 }),
  REDIS_CONNECT_TIMEOUT: duration({ default: SECOND }),
  REDIS_COMMAND_TIMEOUT: duration({ default: 500 }),
  HEALTH_PROBE_INTERVAL: duration({ default: SECOND }),
  LOGIN_RATE_LIMIT: budget({ default: { max: 60, windowMs: MINUTE } }),
  ACCOUNT_RATE_LIMIT: budget({ default: { max: 10, windowMs: 15 * MINUTE } }),
  SHUTDOWN_GRACE: duration({ default: 10 * SECOND }),
  MIGRATE_ON_START: flag({ default: true }),
  AUDIT_KEY: key256({ default: undefined }),
  AUDIT_SPILL_DIR: word({ default: undefined }),
  AUDIT_SPILL_MAX: integerBetween(65_536, 1_099_511_627_776)({ default: 67_108_864 }),
  AUDIT_RETENTION: duration({ default: 365 * DAY }),
}

/** Names of the environment variables that the server reads. */
export const SETTING_NAMES = Object.keys(settings)

/** Every setting of the server. Durations are milliseconds. */
export interface Config {
  readonly databaseUrl: string
  /** As the owner of the tables. */
  readonly migrationDatabaseUrl: string
  readonly redisUrl: string
  /** Certificates in PEM: who may vouch for Redis. Undefined: whom Node trusts. */
  readonly redisCa: string | undefined
  readonly issuer: string
  readonly audiences: readonly string[]
  readonly keyEncryptionKey: Buffer
  /** While it is being changed: opens, but does not seal. */
  readonly secondKeyEncryptionKey: Buffer | undefined
  readonly adminApiKey: string
  readonly secondAdminApiKey: string | undefined
  readonly host: string
  readonly port: number
  readonly trustProxy: false | number | string[]
  readonly maxConnections: number
  readonly logLevel: string
  readonly accessTokenTtl: number
  readonly refreshTokenTtl: number
  readonly refreshGrace: number
  readonly sessionMaxAge: number
  readonly signingAlg: SigningAlg
  readonly rsaBits: number
  readonly keyRotationInterval: number
  readonly keyRetirement: number
  readonly bcryptCost: number
  readonly passwordPepper: string | undefined
  /** While it is being changed: checks, but does not hash. */
  readonly secondPasswordPepper: string | undefined
  readonly passwordMinLength: number
  /** Read to its end, and found whole. */
  readonly passwordBlocklistFile: string | undefined
  /** `alike`: who registers an email does not learn whether it is taken. */
  readonly registrationAnswers: 'distinct' | 'alike'
  readonly breaker: {
    readonly windowMs: number
    readonly threshold: number
    readonly minimumCalls: number
    readonly halfOpenAfter: number
  }
  readonly postgres: { readonly connectTimeout: number; readonly queryTimeout: number; readonly poolMax: number }
  readonly redis: { readonly connectTimeout: number; readonly commandTimeout: number }
  readonly healthProbeInterval: number
  readonly loginRateLimit: Budget
  readonly accountRateLimit: Budget
  readonly shutdownGrace: number
  readonly migrateOnStart: boolean
  readonly audit: {
    readonly key: Buffer
    readonly spillDir: string | undefined
    /** Bytes. */
    readonly spillMax: number
    readonly retention: number
  }
}

/** The configuration is wrong: `problems` has one line per mistake, none with a secret in it. */
export class ConfigError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.name = 'ConfigError'
    this.problems = problems
  }
}

function problemsIn<T>({ errors }: ReporterOptions<T>): string[] {
  return Object.entries<Error | undefined>(errors).map(([name, error]) => {
    const what = error instanceof EnvMissingError ? `is missing (${error.message})` : error?.message
    return `${name}: ${what}`
  })
}

/**
 * Reads the key of the audit log alone, for commands that need nothing else: `AUDIT_KEY`, or what comes from
 * `KEY_ENCRYPTION_KEY`. @throws ConfigError
 */
export function readAuditKey(env: Readonly<Record<string, string | undefined>>): Buffer {
  return env.AUDIT_KEY ? readKey(env, 'AUDIT_KEY') : auditKeyOf(readKey(env, 'KEY_ENCRYPTION_KEY'))
}

function readKey(env: Readonly<Record<string, string | undefined>>, name: 'AUDIT_KEY' | 'KEY_ENCRYPTION_KEY'): Buffer {
  const problems: string[] = []
  const reporter = (found: ReporterOptions<unknown>) => problems.push(...problemsIn(found))
  const read = cleanEnv(env[name] ? { [name]: env[name] } : {}, { [name]: settings[name] }, { reporter })
  if (problems.length > 0) throw new ConfigError(problems)
  return read[name] as Buffer
}

/**
 * Reads and validates the whole configuration once. An empty value counts as missing.
 *
 * @throws ConfigError with one line per missing or wrong setting
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(SETTING_NAMES.flatMap((name) => (env[name] ? [[name, env[name]]] : [])))
  const problems: string[] = []
  const e = cleanEnv(given, settings, { reporter: (found) => problems.push(...problemsIn(found)) })
  if (problems.length > 0) throw new ConfigError(problems)
  const ca = e.DATABASE_CA_FILE?.file
  const verified = (name: string, url: string) => {
    const found = postgresTls(url, ca)
    if ('problem' in found) problems.push(`${name}: ${found.problem}`)
    return 'url' in found ? found.url : url
  }
  const databaseUrl = verified('DATABASE_URL', e.DATABASE_URL)
  const ownerUrl = e.MIGRATION_DATABASE_URL
  const config: Config = {
    databaseUrl,
    migrationDatabaseUrl: ownerUrl === undefined ? databaseUrl : verified('MIGRATION_DATABASE_URL', ownerUrl),
    redisUrl: e.REDIS_URL,
    redisCa: e.REDIS_CA_FILE?.pem,
    issuer: e.ISSUER,
    audiences: e.AUDIENCE,
    keyEncryptionKey: e.KEY_ENCRYPTION_KEY,
    secondKeyEncryptionKey: e.KEY_ENCRYPTION_KEY_SECOND,
    adminApiKey: e.ADMIN_API_KEY,
    secondAdminApiKey: e.ADMIN_API_KEY_SECOND,
    host: e.HOST,
    port: e.PORT,
    trustProxy: e.TRUST_PROXY,
    maxConnections: e.MAX_CONNECTIONS,
    logLevel: e.LOG_LEVEL,
    accessTokenTtl: e.ACCESS_TOKEN_TTL,
    refreshTokenTtl: e.REFRESH_TOKEN_TTL,
    refreshGrace: e.REFRESH_GRACE,
    sessionMaxAge: e.SESSION_MAX_AGE,
    signingAlg: e.SIGNING_ALG,
    rsaBits: e.RSA_BITS,
    keyRotationInterval: e.KEY_ROTATION_INTERVAL,
    keyRetirement: e.KEY_RETIREMENT,
    bcryptCost: e.BCRYPT_COST,
    passwordPepper: e.PASSWORD_PEPPER,
    secondPasswordPepper: e.PASSWORD_PEPPER_SECOND,
    passwordMinLength: e.PASSWORD_MIN_LENGTH,
    passwordBlocklistFile: e.PASSWORD_BLOCKLIST_FILE,
    registrationAnswers: e.REGISTRATION_ANSWERS,
    breaker: {
      windowMs: e.BREAKER_WINDOW,
      threshold: e.BREAKER_THRESHOLD,
      minimumCalls: e.BREAKER_MINIMUM_CALLS,
      halfOpenAfter: e.BREAKER_HALF_OPEN_AFTER,
    },
    postgres: {
      connectTimeout: e.POSTGRES_CONNECT_TIMEOUT,
      queryTimeout: e.POSTGRES_QUERY_TIMEOUT,
      poolMax: e.POSTGRES_POOL_MAX,
    },
    redis: { connectTimeout: e.REDIS_CONNECT_TIMEOUT, commandTimeout: e.REDIS_COMMAND_TIMEOUT },
    healthProbeInterval: e.HEALTH_PROBE_INTERVAL,
    loginRateLimit: e.LOGIN_RATE_LIMIT,
    accountRateLimit: e.ACCOUNT_RATE_LIMIT,
    shutdownGrace: e.SHUTDOWN_GRACE,
    migrateOnStart: e.MIGRATE_ON_START,
    audit: {
      key: e.AUDIT_KEY ?? auditKeyOf(e.KEY_ENCRYPTION_KEY),
      spillDir: e.AUDIT_SPILL_DIR,
      spillMax: e.AUDIT_SPILL_MAX,
      retention: e.AUDIT_RETENTION,
    },
  }
  const conflicts = [...problems, ...relations(config)]
  if (conflicts.length > 0) throw new ConfigError(conflicts)
  return config
}
