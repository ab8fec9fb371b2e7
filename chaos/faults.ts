import { Redis } from 'ioredis'
import pg from 'pg'
import type { LocalServer } from '../local/child-server.ts'
import type { TcpProxy } from './net/tcp-proxy.ts'

/** A real server and the network in front of it; whoever uses `url` goes through the proxy. */
export interface Dependency {
  readonly name: 'postgres' | 'redis'
  readonly url: string
  readonly server: LocalServer
  readonly proxy: TcpProxy
}

/** One way in which a dependency fails, and its end; healing what is well does nothing. */
export interface Fault {
  readonly name: string
  strike(): unknown
  heal(): unknown
}

/** What can happen to any server. */
export function faultsOf({ server, proxy }: Dependency): Fault[] {
  return [
    { name: 'stopped', strike: () => server.stop(), heal: () => server.pid ?? server.start() },
    { name: 'frozen', strike: () => server.freeze(), heal: () => server.thaw() },
    { name: 'black-holed', strike: () => proxy.blackHole(), heal: () => proxy.pass() },
    { name: 'reset on every call', strike: () => proxy.resetOnCall(), heal: () => proxy.pass() },
  ]
}

/** A network so slow that every call runs into its time-out. */
export function latency({ proxy }: Dependency, ms: number): Fault {
  return { name: `${ms / 1000} s latency`, strike: () => proxy.delay(ms / 2), heal: () => proxy.pass() }
}

/** What can happen to Redis while it answers. */
export function redisFaults({ server }: Dependency): Fault[] {
  const tell = (...words: [string, ...string[]]) => redisCommand(server.url, ...words)
  return [
    {
      name: 'out of memory',
      strike: () => tell('CONFIG', 'SET', 'maxmemory', '1mb'),
      heal: () => tell('CONFIG', 'SET', 'maxmemory', '0'),
    },
    {
      name: 'read-only',
      strike: () => tell('REPLICAOF', '127.0.0.1', '1'),
      heal: () => tell('REPLICAOF', 'NO', 'ONE'),
    },
  ]
}

/** Postgres as it is after a failover to a standby: it answers and refuses to write. */
export function postgresReadOnly({ server }: Dependency): Fault {
  const set = (value: 'on' | 'off') =>
    postgresStatements(server.url, [
      `ALTER SYSTEM SET default_transaction_read_only = ${value}`,
      'SELECT pg_reload_conf()',
    ])
  return { name: 'read-only', strike: () => set('on'), heal: () => set('off') }
}

/** One command to a Redis, past every proxy. */
export async function redisCommand(url: string, ...[name, ...args]: [string, ...string[]]): Promise<unknown> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null })
  client.on('error', () => {})
  try {
    await client.connect()
    return await client.call(name, ...args)
  } finally {
    client.disconnect()
  }
}

/** Statements to a Postgres, past every proxy and whatever its default is. */
export async function postgresStatements(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url, options: '-c default_transaction_read_only=off' })
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}
