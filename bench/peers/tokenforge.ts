import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import packageJson from '../../package.json' with { type: 'json' }
import { chains, MOST_CHAINS, refreshTokenIn } from './chain.ts'
import { mixed } from './mix.ts'
import { ask, bearer, type Callers, PASSWORD, type Peer, post, repeating } from './peer.ts'

const ROOT = join(import.meta.dirname, '../..')
const ACCOUNTS = 16

export const KEY_ENCRYPTION_KEY = randomBytes(32).toString('base64')
export const ADMIN_API_KEY = randomBytes(24).toString('hex')
const SECRETS = { KEY_ENCRYPTION_KEY, PASSWORD_PEPPER: randomBytes(24).toString('hex'), ADMIN_API_KEY }

/** One address may not log in so often in production; everything else is as `npm start` has it. */
const UNLIMITED = { LOGIN_RATE_LIMIT: '100000000/1m', ACCOUNT_RATE_LIMIT: '100000000/1m' }

interface TokenAnswer {
  readonly access_token: string
  readonly refresh_token: string
}

/** The server of this repository as `npm start` starts it. */
export const tokenforge: Peer = {
  name: 'TokenForge',
  args: packageJson.scripts.start
    .split(' ')
    .slice(1)
    .map((each) => (each.startsWith('-') ? each : join(ROOT, each))),
  readyPath: '/health/ready',
  env: ({ postgres, redis }, { bcryptCost }) => ({
    ...{ DATABASE_URL: postgres, REDIS_URL: redis, BCRYPT_COST: String(bcryptCost), ...SECRETS, ...UNLIMITED },
    ...{ ISSUER: 'http://127.0.0.1:3000', AUDIENCE: 'https://api.example.com' },
  }),
  prepare: (url) => prepare(url),
}

/** Makes accounts and sessions; `sessions` may be few where a hash takes long. */
export async function prepare(url: string, accounts = ACCOUNTS, sessions = MOST_CHAINS): Promise<Callers> {
  const emails = Array.from({ length: accounts }, () => `user.${randomBytes(8).toString('hex')}@example.com`)
  const logins = emails.map((email) => post('/auth/login', { email, password: PASSWORD }))
  const tokens: TokenAnswer[] = []
  for (const email of emails) await ask(url, post('/auth/register', { email, password: PASSWORD }))
  for (let i = 0; i < sessions; i += 1) {
    tokens.push((await ask(url, logins[i % logins.length] as (typeof logins)[number])).body)
  }
  const gets = (path: string) =>
    repeating(tokens.map(({ access_token }) => ({ method: 'GET', path, headers: bearer(access_token) })))
  const parts = {
    login: repeating(logins),
    refresh: chains(
      tokens.map(({ refresh_token }) => refresh_token),
      (token) => post('/auth/refresh', { refresh_token: token }),
      refreshTokenIn,
    ),
    verify: repeating(tokens.map(({ access_token }) => post('/auth/verify', { token: access_token }))),
  }
  return {
    ...parts,
    'forward-auth': gets('/auth/verify'),
    me: gets('/auth/me'),
    jwks: repeating([{ method: 'GET', path: '/.well-known/jwks.json' }]),
    live: repeating([{ method: 'GET', path: '/health/live' }]),
    mix: mixed(parts),
  }
}
