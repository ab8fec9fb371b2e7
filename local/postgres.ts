import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import pg from 'pg'
import { childServer, type LocalServer } from './child-server.ts'
import { findPostgresBinaries } from './postgres-binaries.ts'
import { openCluster } from './postgres-cluster.ts'

export type LocalPostgres = LocalServer

export interface PostgresOptions {
  /** A folder of its own: the data, the log and the pid record go into it. Made when it is missing. */
  dir: string
  port: number
  /** Of the superuser `postgres`. One that was given when the data was made must be given again. */
  password: string
  /** False for throw-away data: no fsync, so a power cut (not a crash of Postgres) may lose or break it. */
  durable?: boolean
  /** A folder around `dir` that may be opened for passing through (0711) when Postgres must run as another user. */
  within?: string
  /** More settings, for instance `{ max_connections: '20' }`. */
  settings?: Record<string, string>
}

const DATABASE = 'tokenforge'

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  // TCP only: a socket path is limited to about 100 characters, and the folder may be deeper.
  unix_socket_directories: '',
  // In the data directory instead of /dev/shm: nothing stays behind after a kill, and small containers have room.
  dynamic_shared_memory_type: 'mmap',
}

const THROW_AWAY_SETTINGS = {
  // synchronous_commit stays on: what was committed must outlive `kill()`.
  fsync: 'off',
  full_page_writes: 'off',
  shared_buffers: '16MB',
  // No worker processes that each small cluster would bring along.
  io_method: 'sync',
  autovacuum: 'off',
  max_logical_replication_workers: '0',
}

/**
 * Starts a real Postgres on 127.0.0.1, makes the database `tokenforge` when it is not there, and resolves when it
 * answers a query. What an earlier, killed start left running in the same folder is ended first.
 *
 * @throws an error whose message is fit for the terminal; `code: 'EADDRINUSE'` when the port is taken
 */
export async function startPostgres(options: PostgresOptions): Promise<LocalPostgres> {
  const { dir, port, password, durable = true } = options
  const binaries = await findPostgresBinaries()
  const cluster = await openCluster(binaries, { dir, password, durable, within: options.within })
  const settings = { ...SETTINGS, ...(durable ? {} : THROW_AWAY_SETTINGS), ...options.settings }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const base = `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}`
  const server = childServer({
    name: 'Postgres',
    url: `${base}/${DATABASE}`,
    port,
    logFile: join(dir, 'postgres.log'),
    recordFile: join(dir, 'postgres.pid.json'),
    cwd: dir,
    command: cluster.user.launch(binaries.postgres, ['-D', cluster.dataDir, '-p', String(port), ...flags]),
    // Fast shutdown: open transactions are rolled back, clients are not waited for.
    stopSignal: 'SIGINT',
    isReady: () => query(`${base}/postgres`, 'SELECT 1'),
  })
  await server.start()
  try {
    await query(`${base}/postgres`, `CREATE DATABASE ${DATABASE}`, '42P04')
  } catch (error) {
    await server.stop()
    throw error
  }
  return server
}

/** A random password that needs no escaping in a URL. */
export function randomPassword(): string {
  return randomBytes(18).toString('base64url')
}

// False while nobody listens yet or the server is still starting up; `tolerated` is an error that means "already so".
async function query(url: string, sql: string, tolerated?: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query(sql)
    return true
  } catch (error) {
    const { code } = error as { code?: string }
    if (code === tolerated && code !== undefined) return true
    // Wrong password: either the secrets are not those the data was made with, or another server owns the port and ours
    // is about to end, which the caller sees.
    if (code === '28P01' || code === '3D000' || tolerated !== undefined) throw error
    return false
  } finally {
    await client.end().catch(() => {})
  }
}
