import fc from 'fast-check'
import { ConfigError, loadConfig, SETTING_NAMES } from '../../lib/config.ts'
import { testEnvironment } from '../fixtures/app.ts'
import type { Property } from './property.ts'
import { anyText } from './schemas.ts'

/** By their names, so that a new one is among them. */
const SECRETS = SETTING_NAMES.filter((name) => /KEY|PEPPER|_URL$/.test(name) && !/ROTATION|RETIREMENT/.test(name))
const GOOD = testEnvironment({ postgres: 'postgres://a:b@127.0.0.1/c', redis: 'redis://127.0.0.1' })
const text = fc.oneof(
  anyText,
  fc.constantFrom('0', '-1', '1s', '0ms', '999999999999d', '1/1m', '0/1s', 'true', 'TRUE', '0.5', '1', 'RS256', 'none'),
  fc.constantFrom(
    'http://evil.example',
    'https://a.example/',
    'https://a:b@a.example',
    'javascript:alert(1)',
    '10.0.0.0/33',
  ),
)
const canary = fc.string({ minLength: 8, maxLength: 60 }).map((random) => `canary${random}`)

const config: Property = {
  name: 'any environment is a configuration or a list of mistakes, a line each and no secret in it',
  share: 0.1,
  make: () =>
    fc.property(
      fc.dictionary(fc.constantFrom(...SETTING_NAMES), text, { maxKeys: 4 }),
      fc.subarray(SECRETS, { maxLength: 2 }),
      canary,
      (wrong, secrets, value) => {
        const env = { ...GOOD, ...wrong, ...Object.fromEntries(secrets.map((name) => [name, value])) }
        try {
          const { port, bcryptCost, keyEncryptionKey, adminApiKey } = loadConfig(env)
          return port <= 65_535 && bcryptCost <= 16 && keyEncryptionKey.length === 32 && adminApiKey.length >= 32
        } catch (error) {
          if (!(error instanceof ConfigError)) throw error
          const { problems } = error
          return problems.length > 0 && problems.every((line) => /^[A-Z_]+: .+$/.test(line) && !line.includes('canary'))
        }
      },
    ) as never,
}

export const settings: readonly Property[] = [config]
