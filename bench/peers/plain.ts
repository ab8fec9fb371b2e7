import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { chains, MOST_CHAINS, refreshTokenIn } from './chain.ts'
import { mixed } from './mix.ts'
import { ask, bearer, PASSWORD, type Peer, post, repeating } from './peer.ts'

const ACCOUNTS = 16

/** The packages that TokenForge is made of, put together as their documentation does, with their defaults. */
export const plain: Peer = {
  name: 'plain stack',
  args: [join(import.meta.dirname, 'plain/server.ts')],
  readyPath: '/health',
  env: ({ postgres, redis }, { bcryptCost }) => ({
    ...{ DATABASE_URL: postgres, REDIS_URL: redis, BCRYPT_COST: String(bcryptCost) },
  }),
  async prepare(url) {
    const logins = Array.from({ length: ACCOUNTS }, () => {
      const email = `user.${randomBytes(8).toString('hex')}@example.com`
      return post('/login', { email, password: PASSWORD })
    })
    for (const { body = '' } of logins) await ask(url, post('/register', JSON.parse(body)))
    const tokens: { access_token: string; refresh_token: string }[] = []
    for (let i = 0; i < MOST_CHAINS; i += 1) tokens.push((await ask(url, logins[i % ACCOUNTS] as never)).body)
    const parts = {
      login: repeating(logins),
      refresh: chains(
        tokens.map(({ refresh_token }) => refresh_token),
        (token) => post('/refresh', { refresh_token: token }),
        refreshTokenIn,
      ),
      verify: repeating(tokens.map(({ access_token }) => post('/verify', { token: access_token }))),
    }
    const me = tokens.map(
      ({ access_token }) => ({ method: 'GET', path: '/me', headers: bearer(access_token) }) as const,
    )
    return {
      ...parts,
      me: repeating(me),
      jwks: repeating([{ method: 'GET', path: '/jwks.json' }]),
      mix: mixed(parts),
    }
  },
}
