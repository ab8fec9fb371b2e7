import { randomBytes } from 'node:crypto'
import type { Answer, ServerUnderTest } from './server-under-test.ts'

const PASSWORD = 'seven quiet herons'

/** The columns of the table: what clients ask for while a dependency is away. */
export const ENDPOINTS = ['register', 'login', 'refresh', 'verify', 'me', 'jwks', 'logout'] as const
export type Endpoint = (typeof ENDPOINTS)[number]

/** One way to ask, each time with what a real client would have in its hands. */
export type Ask = () => Promise<Answer>

interface Session {
  access_token: string
  refresh_token: string
}

/** Clients with accounts and live sessions, made before the fault: `sessions` to refresh, as many to log out. */
export async function makeClients(server: ServerUnderTest, sessions: number): Promise<Record<Endpoint, Ask>> {
  const newEmail = () => `user.${randomBytes(8).toString('hex')}@example.com`
  const newAccount = async () => {
    const credentials = { email: newEmail(), password: PASSWORD }
    await must(server.call('POST', '/auth/register', credentials), 201)
    return credentials
  }
  // Who logs in again and again is another one: a user has so many sessions, and the oldest make room.
  const [settled, eager] = [await newAccount(), await newAccount()]
  const login = async (): Promise<Session> => (await must(server.call('POST', '/auth/login', settled), 200)).body
  const refreshing = await repeat(sessions, login)
  const leaving = await repeat(sessions, login)
  const { access_token: token } = await login()
  let turn = 0

  return {
    register: () => server.call('POST', '/auth/register', { email: newEmail(), password: PASSWORD }),
    login: () => server.call('POST', '/auth/login', eager),
    async refresh() {
      const session = refreshing[turn++ % refreshing.length] as Session
      const answer = await server.call('POST', '/auth/refresh', { refresh_token: session.refresh_token })
      if (answer.status === 200) session.refresh_token = answer.body.refresh_token
      return answer
    },
    verify: () => server.call('POST', '/auth/verify', { token }),
    me: () => server.call('GET', '/auth/me', undefined, token),
    jwks: () => server.call('GET', '/.well-known/jwks.json'),
    logout() {
      const session = leaving[turn++ % leaving.length] as Session
      return server.call('POST', '/auth/logout', undefined, session.access_token)
    },
  }
}

async function repeat<T>(count: number, make: () => Promise<T>): Promise<T[]> {
  const made: T[] = []
  for (let i = 0; i < count; i += 1) made.push(await make())
  return made
}

async function must(answer: Promise<Answer>, status: number): Promise<Answer> {
  const given = await answer
  if (given.status !== status) throw new Error(`${status} expected, got ${given.status} ${JSON.stringify(given.body)}`)
  return given
}
