import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { ask, PASSWORD, type Peer, post, repeating } from './peer.ts'

const ACCOUNTS = 16
const SECRET = randomBytes(32).toString('hex')

/**
 * better-auth on Postgres, with its plugin for JWTs. It has no refresh tokens: what comes nearest is a new JWT for a session,
 * and what comes nearest to a verification is the look at the session behind a cookie.
 */
export const betterAuthPeer: Peer = {
  name: 'better-auth',
  args: [join(import.meta.dirname, 'better-auth/server.ts')],
  readyPath: '/api/auth/ok',
  env: ({ postgres }, { bcryptCost }) => ({ DATABASE_URL: postgres, BCRYPT_COST: String(bcryptCost), SECRET }),
  async prepare(url) {
    const origin = { origin: url }
    const users = Array.from({ length: ACCOUNTS }, () => {
      const email = `user.${randomBytes(8).toString('hex')}@example.com`
      return { name: email, email, password: PASSWORD }
    })
    const logins = users.map(({ email, password }) => post('/api/auth/sign-in/email', { email, password }, origin))
    const cookies: string[] = []
    for (const user of users) await ask(url, post('/api/auth/sign-up/email', user, origin))
    for (const login of logins) cookies.push((await ask(url, login)).cookie)
    const gets = (path: string) =>
      repeating(cookies.map((cookie) => ({ method: 'GET', path: `/api/auth/${path}`, headers: { cookie } })))
    return {
      login: repeating(logins),
      refresh: gets('token'),
      verify: gets('get-session'),
      me: gets('get-session'),
      jwks: repeating([{ method: 'GET', path: '/api/auth/jwks' }]),
    }
  },
}
