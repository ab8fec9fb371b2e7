import type { Test } from 'tap'
import { ADMIN_KEY, type Answer, startApp, type TestApp, testEnvironment } from '../fixtures/app.ts'
import { startServers } from '../fixtures/servers.ts'
import { startWhole } from '../routes/world.ts'

/** The environment of instances that share a fresh Postgres and a fresh Redis. */
export async function sharedEnvironment(t: Test, more: Record<string, string> = {}): Promise<Record<string, string>> {
  const { postgres, redis } = await startServers(t, { postgres: true, redis: true })
  return testEnvironment({ postgres: postgres.url, redis: redis.url }, { LOG_LEVEL: 'warn', ...more })
}

/** One of several that share stores, in this process: nothing that they tell each other goes past the stores. */
export type Instance = Pick<TestApp, 'url' | 'call'>

/** Resolves when it is whole (`/health/ready` says ok), or as soon as it answers. */
export async function startInstance(t: Test, env: Record<string, string>, { whole = true } = {}): Promise<Instance> {
  return whole ? startWhole(t, env) : startApp(t, env)
}

/** Two of them, started together. */
export async function startPair(t: Test, env: Record<string, string>): Promise<[Instance, Instance]> {
  return Promise.all([startInstance(t, env), startInstance(t, env)])
}

export interface RingAnswer {
  readonly epoch: number
  readonly version: number
  readonly keys: readonly { kid: string; state: string; created_at: string; activated_at: string | null }[]
}

export async function ringOf(server: Instance): Promise<RingAnswer> {
  return (await server.call('GET', '/admin/keys', { token: ADMIN_KEY })).body
}

export function rotate(server: Instance): Promise<Answer> {
  return server.call('POST', '/admin/keys/rotate', { token: ADMIN_KEY })
}

export function revokeAll(server: Instance): Promise<Answer> {
  return server.call('POST', '/admin/keys/revoke-all', { token: ADMIN_KEY, body: { reason: 'test' } })
}

/** The status of an access token on one instance. */
export async function statusOf(server: Instance, token: string): Promise<number> {
  return (await server.call('GET', '/auth/me', { token })).status
}
