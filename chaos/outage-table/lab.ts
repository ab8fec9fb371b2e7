import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, onFreePort } from '../../local/ports.ts'
import { randomPassword, startPostgres } from '../../local/postgres.ts'
import { startRedis } from '../../local/redis.ts'
import packageJson from '../../package.json' with { type: 'json' }
import type { Dependency } from '../faults.ts'
import { openTcpProxy } from '../net/tcp-proxy.ts'

const ROOT = join(import.meta.dirname, '../..')
const ADMIN_KEY = randomBytes(24).toString('hex')
const START_TIMEOUT_MS = 20_000

export interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: whoever asks knows the shape, and compares what matters
  readonly body: any
  readonly ms: number
}

/** The server under test, as a process of its own. */
export interface ServerUnderTest {
  readonly pid: number
  /** Milliseconds from the spawn to the first answer. */
  readonly listeningMs: number
  alive(): boolean
  call(method: string, path: string, body?: unknown, token?: string): Promise<Answer>
  /** The state of a guard, by the name of its dependency. */
  guardState(name: Dependency['name']): Promise<string>
  end(): Promise<void>
}

/** Real Postgres and Redis behind proxies, in a folder of their own; all of it goes when it is disposed of. */
export interface Lab extends AsyncDisposable {
  readonly postgres: Dependency
  readonly redis: Dependency
  startServer(): Promise<ServerUnderTest>
}

/**
 * Opens a lab.
 *
 * @param settings of the server, beside those that the lab gives
 */
export async function openLab(settings: Readonly<Record<string, string>>): Promise<Lab> {
  const stack = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'tokenforge-lab-'))
  chmodSync(folder, 0o711)
  stack.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  const password = randomPassword()
  const postgres = await onFreePort((port) =>
    startPostgres({ dir: join(folder, 'postgres'), port, password, durable: false, within: folder }),
  )
  stack.defer(() => postgres.kill())
  const redis = await onFreePort((port) => startRedis({ dir: join(folder, 'redis'), port, password, persistent: true }))
  stack.defer(() => redis.kill())
  const [toPostgres, toRedis] = [await openTcpProxy(postgres.url), await openTcpProxy(redis.url)]
  stack.defer(() => toPostgres.close())
  stack.defer(() => toRedis.close())
  const env = {
    PATH: process.env.PATH ?? '',
    DATABASE_URL: toPostgres.url,
    REDIS_URL: toRedis.url,
    ISSUER: 'http://127.0.0.1:3000',
    AUDIENCE: 'https://api.example.com',
    KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    PASSWORD_PEPPER: randomBytes(24).toString('hex'),
    ADMIN_API_KEY: ADMIN_KEY,
    LOG_LEVEL: 'error',
    ...settings,
  }
  return {
    postgres: { name: 'postgres', url: toPostgres.url, server: postgres, proxy: toPostgres },
    redis: { name: 'redis', url: toRedis.url, server: redis, proxy: toRedis },
    startServer: () => startServer(env),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

async function startServer(env: NodeJS.ProcessEnv): Promise<ServerUnderTest> {
  const port = await freePort()
  const begin = performance.now()
  // The command of `npm start`, on this Node.
  const [, ...args] = packageJson.scripts.start.split(' ')
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...env, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const exited = once(child, 'exit')
  const base = `http://127.0.0.1:${port}`
  const server = {
    listeningMs: Number.NaN,
    pid: child.pid ?? 0,
    alive: () => child.exitCode === null && child.signalCode === null,
    call: (method: string, path: string, body?: unknown, token?: string) => call(base, method, path, body, token),
    async guardState(name: Dependency['name']): Promise<string> {
      return (await server.call('GET', '/admin/dependencies', undefined, ADMIN_KEY)).body[name].state
    },
    async end() {
      child.kill('SIGKILL')
      await exited
    },
  }
  const end = performance.now() + START_TIMEOUT_MS
  for (;;) {
    const ready = await server.call('GET', '/health/ready').catch(() => null)
    if (ready !== null && Number.isNaN(server.listeningMs)) server.listeningMs = performance.now() - begin
    if (ready?.body.status === 'ok') return server
    if (performance.now() > end || !server.alive()) throw new Error('the server under test did not become whole')
    await sleep(10)
  }
}

async function call(base: string, method: string, path: string, body?: unknown, token?: string): Promise<Answer> {
  const begin = performance.now()
  const answer = await fetch(base + path, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  const ms = performance.now() - begin
  const isJson = /json/.test(answer.headers.get('content-type') ?? '')
  return { status: answer.status, body: isJson ? JSON.parse(text) : text, ms }
}
