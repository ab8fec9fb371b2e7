import type { Test } from 'tap'
import { ADMIN_KEY, type Answer, testEnvironment } from '../fixtures/app.ts'
import type { ServerProcess } from '../fixtures/server-process.ts'
import { startServerProcess } from '../fixtures/server-process.ts'
import { startServers } from '../fixtures/servers.ts'

/** The environment of instances that share a fresh Postgres and a fresh Redis. */
export async function sharedEnvironment(t: Test, more: Record<string, string> = {}): Promise<Record<string, string>> {
  const { postgres, redis } = await startServers(t, { postgres: true, redis: true })
  return testEnvironment({ postgres: postgres.url, redis: redis.url }, { LOG_LEVEL: 'warn', ...more })
}

/** Starts that many server processes at the same moment. */
export function startInstances(t: Test, env: Record<string, string>, count: number): Promise<ServerProcess[]> {
  return Promise.all(Array.from({ length: count }, () => startServerProcess(t, env)))
}

/** Two of them, started together. */
export async function startPair(t: Test, env: Record<string, string>): Promise<[ServerProcess, ServerProcess]> {
  return Promise.all([startServerProcess(t, env), startServerProcess(t, env)])
}

export interface RingAnswer {
  readonly epoch: number
  readonly version: number
  readonly keys: readonly { kid: string; state: string; created_at: string; activated_at: string | null }[]
}

export async function ringOf(server: ServerProcess): Promise<RingAnswer> {
  return (await server.call('GET', '/admin/keys', { token: ADMIN_KEY })).body
}

export function rotate(server: ServerProcess): Promise<Answer> {
  return server.call('POST', '/admin/keys/rotate', { token: ADMIN_KEY })
}

export function revokeAll(server: ServerProcess): Promise<Answer> {
  return server.call('POST', '/admin/keys/revoke-all', { token: ADMIN_KEY, body: { reason: 'test' } })
}

/** The status of an access token on one instance. */
export async function statusOf(server: ServerProcess, token: string): Promise<number> {
  return (await server.call('GET', '/auth/me', { token })).status
}
