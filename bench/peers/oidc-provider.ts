import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { chains, MOST_CHAINS, refreshTokenIn } from './chain.ts'
import { ask, bearer, type HttpRequest, PASSWORD, type Peer, repeating } from './peer.ts'

const ACCOUNTS = 16
const RESOURCE = 'https://api.example.com'
const SECRET = randomBytes(24).toString('hex')
const CREDENTIALS = `Basic ${Buffer.from(`bench:${SECRET}`).toString('base64')}`

/**
 * oidc-provider with its records in Redis, accounts in Postgres and the password grant, since a login here is no browser's.
 * A verification is an introspection, the only one that it offers.
 */
export const oidcProviderPeer: Peer = {
  name: 'oidc-provider',
  args: [join(import.meta.dirname, 'oidc-provider/server.ts')],
  readyPath: '/health',
  env: ({ postgres, redis }, { bcryptCost }) => ({
    ...{ DATABASE_URL: postgres, REDIS_URL: redis, BCRYPT_COST: String(bcryptCost), SECRET },
  }),
  async prepare(url) {
    const emails = Array.from({ length: ACCOUNTS }, () => `user.${randomBytes(8).toString('hex')}@example.com`)
    for (const email of emails) {
      await ask(url, { method: 'POST', path: `/register?${new URLSearchParams({ email, password: PASSWORD })}` })
    }
    const login = (username: string) => form('/token', { grant_type: 'password', username, password: PASSWORD })
    const logins = emails.map(login)
    const opaque: string[] = []
    const refreshing: string[] = []
    for (let i = 0; i < MOST_CHAINS; i += 1) {
      const { body } = await ask(url, logins[i % ACCOUNTS] as HttpRequest)
      opaque.push(body.access_token)
      refreshing.push(body.refresh_token)
    }
    return {
      login: repeating(logins),
      refresh: chains(
        refreshing,
        (token) => form('/token', { grant_type: 'refresh_token', refresh_token: token, resource: RESOURCE }),
        refreshTokenIn,
      ),
      verify: repeating(opaque.map((token) => form('/token/introspection', { token }))),
      me: repeating(opaque.map((token) => ({ method: 'GET', path: '/me', headers: bearer(token) }))),
      jwks: repeating([{ method: 'GET', path: '/jwks' }]),
    }
  },
}

function form(path: string, fields: Record<string, string>): HttpRequest {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', authorization: CREDENTIALS }
  return { method: 'POST', path, headers, body: String(new URLSearchParams(fields)) }
}
