import type { Config } from './config.ts'

const SECOND = 1000
const HOUR = 3600 * SECOND
const DAY = 24 * HOUR

/** What the settings must be to each other, or to the bounds that requests rely on: one line for each that is not so. */
export function relations(config: Config): string[] {
  const problems: string[] = []
  const expect = (holds: boolean, line: string) => holds || problems.push(line)
  expect(
    config.redisCa === undefined || /^rediss:/i.test(config.redisUrl),
    'REDIS_CA_FILE: needs a REDIS_URL that begins with rediss:',
  )
  expect(config.keyRetirement >= config.accessTokenTtl, 'KEY_RETIREMENT: must not be shorter than ACCESS_TOKEN_TTL')
  expect(config.accessTokenTtl >= SECOND, 'ACCESS_TOKEN_TTL: must be at least 1s')
  expect(config.refreshGrace < config.refreshTokenTtl, 'REFRESH_GRACE: must be shorter than REFRESH_TOKEN_TTL')
  expect(
    config.postgres.connectTimeout + config.postgres.queryTimeout <= 3 * SECOND,
    'POSTGRES_QUERY_TIMEOUT: with POSTGRES_CONNECT_TIMEOUT must stay within 3s, so that a request ends within its 5s',
  )
  const isAnother = (one: string | undefined, second: string | undefined) => second === undefined || one !== second
  const hex = (key: Buffer | undefined) => key?.toString('hex')
  const [kek, secondKek] = [hex(config.keyEncryptionKey), hex(config.secondKeyEncryptionKey)]
  expect(isAnother(kek, secondKek), 'KEY_ENCRYPTION_KEY_SECOND: must not be KEY_ENCRYPTION_KEY itself')
  expect(
    isAnother(config.adminApiKey, config.secondAdminApiKey),
    'ADMIN_API_KEY_SECOND: must not be ADMIN_API_KEY itself',
  )
  expect(
    isAnother(config.passwordPepper, config.secondPasswordPepper),
    'PASSWORD_PEPPER_SECOND: must not be PASSWORD_PEPPER itself',
  )
  expect(config.shutdownGrace <= HOUR, 'SHUTDOWN_GRACE: must be at most 1h')
  expect(config.audit.retention >= DAY, 'AUDIT_RETENTION: must be at least 1d')
  expect(config.redis.commandTimeout <= SECOND, 'REDIS_COMMAND_TIMEOUT: must be at most 1s')
  return problems
}
