import type { Test } from 'tap'
import type { Dependency } from '../../chaos/lab/lab.ts'
import { openNetwork } from '../../chaos/net/network.ts'
import type { TcpProxy } from '../../chaos/net/tcp-proxy.ts'
import type { LocalServer } from '../../local/child-server.ts'
import { ADMIN_KEY, type Answer, newSession, type TestApp, testEnvironment, until } from '../fixtures/app.ts'
import { startServers } from '../fixtures/servers.ts'
import { temporaryFolder } from '../fixtures/temporary-folder.ts'

export { type Fault, faultsOf, redisFaults } from '../../chaos/faults.ts'
export { redisCommand } from '../../chaos/lab/past-the-app.ts'

type Caller = Pick<TestApp, 'call'>

/** A dependency with one link, which all servers under test share. */
export interface LinkedDependency extends Dependency {
  readonly proxy: TcpProxy
}

export interface World {
  readonly postgres: LinkedDependency
  readonly redis: LinkedDependency
  /** For a server under test on these two: ES256, so that it starts quickly, and a breaker that half-opens soon. */
  readonly env: Record<string, string>
}

/** Fresh Postgres and Redis behind proxies. */
export async function startWorld(
  t: Test,
  more: Record<string, string> = {},
  { persistent = true } = {},
): Promise<World> {
  const { postgres, redis } = await startServers(t, { postgres: true, redis: true, persistent })
  const linked = { postgres: await link(t, 'postgres', postgres), redis: await link(t, 'redis', redis) }
  const urls = { postgres: linked.postgres.proxy.url, redis: linked.redis.proxy.url }
  return {
    ...linked,
    env: testEnvironment(urls, { LOG_LEVEL: 'warn', AUDIT_SPILL_DIR: temporaryFolder(t), ...more }),
  }
}

async function link(t: Test, name: Dependency['name'], server: LocalServer): Promise<LinkedDependency> {
  const network = openNetwork(server.url)
  t.teardown(() => network.close())
  return { name, server, network, proxy: await network.link('server') }
}

export interface TimedAnswer extends Answer {
  readonly ms: number
}

/** Every request under a fault ends within this. */
const DEADLINE_MS = 5000

/** How long an answer took; the longest of all is in `slowest`. */
export async function timed(answer: Promise<Answer>): Promise<TimedAnswer> {
  const begin = performance.now()
  return { ...(await answer), ms: performance.now() - begin }
}

/** Asserts the 503 of the contract: code, dependency, Retry-After, in time, nothing told about the inside. */
export function isUnavailable(t: Test, answer: TimedAnswer, dependency: string | RegExp, what: string): void {
  const { status, body, headers, ms } = answer
  t.match({ status, body }, { status: 503, body: { status: 503, code: 'dependency_unavailable', dependency } }, what)
  t.match(headers.get('retry-after'), /^[1-9]\d*$/, `${what}: Retry-After`)
  t.match(headers.get('content-type'), /^application\/problem\+json/, `${what}: problem+json`)
  t.notMatch(JSON.stringify(body), /127\.0\.0\.1|ECONN|SELECT|password/i, `${what}: tells nothing about the inside`)
  t.ok(ms < DEADLINE_MS, `${what}: within the deadline (${Math.round(ms)} ms)`)
}

/** Everything that needs no dependency, with a valid token; each must be 200 whatever is down. */
export async function checkVerifying(t: Test, { call }: Caller, token: string): Promise<void> {
  const answers = {
    'GET /auth/me': call('GET', '/auth/me', { token }),
    'POST /auth/verify': call('POST', '/auth/verify', { body: { token } }),
    'GET /auth/verify': call('GET', '/auth/verify', { token }),
    'GET /.well-known/jwks.json': call('GET', '/.well-known/jwks.json'),
    'GET /auth/revocations': call('GET', '/auth/revocations'),
    'GET /health/live': call('GET', '/health/live'),
    'GET /health/ready': call('GET', '/health/ready'),
  }
  for (const [what, answer] of Object.entries(answers)) t.equal((await answer).status, 200, what)
}

/** The state of a guard as the server tells it, with `leftMs` until the next trial. */
export async function guardOf({ call }: Caller, name: 'postgres' | 'redis' | 'signing-keys') {
  const { body } = await call('GET', '/admin/dependencies', { token: ADMIN_KEY })
  const guard = body[name] as { state: string; next_probe_at: string | null; window: { failures: number } }
  return { ...guard, leftMs: guard.next_probe_at === null ? 0 : Date.parse(guard.next_probe_at) - Date.now() }
}

/** Waits until all capabilities are back; returns how long that took, in milliseconds. */
export async function whole({ call }: Caller, ms = 10_000): Promise<number> {
  const begin = performance.now()
  await until(async () => (await call('GET', '/health/ready')).body.status === 'ok', ms)
  return Math.round(performance.now() - begin)
}

/** A new user and session, also on a server that is still busy with its start and sheds its first requests. */
export function sessionOn(server: Caller): Promise<Awaited<ReturnType<typeof newSession>>> {
  return until(() =>
    newSession(server).catch((error: Error) => {
      if (!error.message.includes('"overloaded"')) throw error
      return undefined
    }),
  )
}

/** Sends again while the answer is 503, as a client does, and returns the first other one. */
export function settled(send: () => Promise<Answer>): Promise<Answer> {
  return until(async () => {
    const answer = await send()
    return answer.status === 503 ? undefined : answer
  })
}
