import { generateKeyPairSync } from 'node:crypto'
import bcrypt from 'bcrypt'
import { Redis } from 'ioredis'
import Provider, { type Configuration, errors } from 'oidc-provider'
import pg from 'pg'
import { redisAdapter } from './redis-adapter.ts'

const { PORT, DATABASE_URL, REDIS_URL = '', BCRYPT_COST, SECRET = '' } = process.env
const RESOURCE = 'https://api.example.com'
const SCOPES = 'openid offline_access'

const pool = new pg.Pool({ connectionString: DATABASE_URL })
await pool.query('CREATE TABLE users (email text PRIMARY KEY, password_hash text NOT NULL)')

const client = {
  client_id: 'bench',
  client_secret: SECRET,
  grant_types: ['password', 'refresh_token'],
  redirect_uris: [],
  response_types: [],
} as const
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const configuration: Configuration = {
  jwks: { keys: [{ ...(privateKey.export({ format: 'jwk' }) as Record<string, string>), use: 'sig', alg: 'RS256' }] },
  adapter: redisAdapter(new Redis(REDIS_URL)),
  clients: [{ ...client, grant_types: [...client.grant_types], redirect_uris: [], response_types: [] }],
  findAccount: (_ctx, sub) => ({ accountId: sub, claims: async () => ({ sub, email: sub }) }),
  scopes: SCOPES.split(' '),
  rotateRefreshToken: true,
  issueRefreshToken: async () => true,
  features: {
    devInteractions: { enabled: false },
    introspection: { enabled: true, allowedPolicy: async () => true },
    resourceIndicators: {
      enabled: true,
      // Refreshed tokens are JWTs, as those of the others; the first ones are for introspection, which takes no JWT.
      getResourceServerInfo: async () => ({ scope: SCOPES, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } }),
    },
  },
}
const provider = new Provider(`http://127.0.0.1:${PORT}`, configuration)
provider.on('server_error', (_ctx, error) => process.stderr.write(`${error.stack}\n`))

/** The password grant, as the documentation of custom grant types has it. */
async function passwordGrant(ctx: Parameters<Parameters<Provider['registerGrantType']>[1]>[0]) {
  const { username, password } = ctx.oidc.params as Record<string, string>
  const { rows } = await pool.query('SELECT password_hash FROM users WHERE email = $1', [username])
  if (!(await bcrypt.compare(password ?? '', rows[0]?.password_hash ?? ''))) throw new errors.InvalidGrant('no')
  const of = { accountId: username ?? '', clientId: 'bench' }
  const grant = new provider.Grant(of)
  grant.addOIDCScope(SCOPES)
  grant.addResourceScope(RESOURCE, SCOPES)
  const grantId = await grant.save()
  const common = { ...of, grantId, client: ctx.oidc.client, gty: 'password', scope: SCOPES, claims: {} }
  const access = new provider.AccessToken(common as never)
  const refresh = new provider.RefreshToken({ ...common, resource: RESOURCE } as never)
  ctx.body = {
    access_token: await access.save(),
    token_type: 'Bearer',
    expires_in: access.expiration,
    refresh_token: await refresh.save(),
  }
}
provider.registerGrantType('password', passwordGrant, ['username', 'password'])

// To make accounts; none of it is measured.
provider.use(async (ctx, next) => {
  if (ctx.path === '/health') ctx.body = 'ok'
  else if (ctx.path === '/register') {
    const { email, password } = ctx.query as Record<string, string>
    await pool.query('INSERT INTO users VALUES ($1, $2)', [
      email,
      await bcrypt.hash(password ?? '', Number(BCRYPT_COST)),
    ])
    ctx.body = 'done'
  } else await next()
})
provider.listen(Number(PORT), '127.0.0.1')
