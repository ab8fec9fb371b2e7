import t from 'tap'
import { addressOf, serverEnvironment } from '../../local/settings.ts'

const secrets = {
  KEY_ENCRYPTION_KEY: 'kek',
  ADMIN_API_KEY: 'admin',
  PASSWORD_PEPPER: 'pepper',
  POSTGRES_PASSWORD: 'pg',
  REDIS_PASSWORD: 'redis',
}

t.test('the address, and the URL to reach it from here', async (t) => {
  t.same(addressOf({}), { host: '127.0.0.1', port: 3000, url: 'http://127.0.0.1:3000' })
  t.equal(addressOf({ HOST: '0.0.0.0', PORT: '8080' }).url, 'http://127.0.0.1:8080')
  t.equal(addressOf({ HOST: '::1' }).url, 'http://[::1]:3000')
  t.equal(addressOf({ HOST: '', PORT: '' }).url, 'http://127.0.0.1:3000')
  for (const PORT of ['0', '65536', '3000.5', 'http']) t.throws(() => addressOf({ PORT }), /is not a port/)
})

t.test('what is set wins over what is made for development', async (t) => {
  const address = addressOf({})
  const urls = { databaseUrl: 'postgres://made', redisUrl: 'redis://made', auditSpillDir: '/audit' }
  t.match(serverEnvironment({ ADMIN_API_KEY: '' }, { address, secrets, ...urls }), {
    HOST: '127.0.0.1',
    PORT: '3000',
    ISSUER: address.url,
    AUDIENCE: address.url,
    KEY_ENCRYPTION_KEY: 'kek',
    ADMIN_API_KEY: 'admin',
    PASSWORD_PEPPER: 'pepper',
    DATABASE_URL: 'postgres://made',
    REDIS_URL: 'redis://made',
    AUDIT_SPILL_DIR: '/audit',
  })
  const set = { ISSUER: 'https://auth.example.com', BCRYPT_COST: '4', DATABASE_URL: 'postgres://mine' }
  t.match(serverEnvironment(set, { address, secrets, ...urls }), set)
})
