import { connect } from 'node:net'
import { Redis } from 'ioredis'
import pg from 'pg'

// How the harness itself talks to a dependency: on connections of its own, past the app and past every proxy.

const TIMEOUT_MS = 5_000
/** The harness's own connections, among those that Postgres lists. */
export const APPLICATION_NAME = 'tokenforge-chaos'

/** One command to a Redis. Throws when there is no answer, or what Redis says when it refuses. */
export async function redisCommand(url: string, ...[name, ...args]: [string, ...string[]]): Promise<unknown> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, commandTimeout: TIMEOUT_MS })
  client.on('error', () => {})
  try {
    await client.connect()
    return await client.call(name, ...args)
  } finally {
    client.disconnect()
  }
}

/**
 * A connection to a Postgres. It is the caller's to end.
 *
 * @param options of the session, in Postgres' own words; it may write whatever the default is, when they are left out
 */
export async function postgresClient(
  url: string,
  options = '-c default_transaction_read_only=off',
): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: APPLICATION_NAME,
    options,
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
  })
  client.on('error', () => {})
  await client.connect()
  return client
}

/** Statements to a Postgres, one after the other; returns the rows of the last one. */
export async function postgresStatements(url: string, ...statements: string[]): Promise<Record<string, unknown>[]> {
  const client = await postgresClient(url)
  try {
    let rows: Record<string, unknown>[] = []
    for (const statement of statements) rows = (await client.query(statement)).rows
    return rows
  } finally {
    await client.end()
  }
}

/** What came of a greeting, and after how many milliseconds. */
export interface Greeting {
  readonly outcome: 'answered' | 'silent' | 'reset' | 'refused'
  readonly ms: number
}

// The shortest thing that each of them answers at once, without a login: a request for TLS, and a PING.
const GREETINGS: Readonly<Record<string, Buffer>> = {
  'postgres:': Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]),
  'redis:': Buffer.from('PING\r\n'),
}

/** Connects and greets; `silent` when nothing at all has come back within `patienceMs`. */
export function greet(url: string, patienceMs: number): Promise<Greeting> {
  const { protocol, hostname, port } = new URL(url)
  const begin = performance.now()
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname)
    const end = (outcome: Greeting['outcome']): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve({ outcome, ms: performance.now() - begin })
    }
    const timer = setTimeout(() => end('silent'), patienceMs)
    socket.on('connect', () => socket.write(GREETINGS[protocol] ?? ''))
    socket.on('data', () => end('answered'))
    socket.on('error', (error: NodeJS.ErrnoException) => end(error.code === 'ECONNREFUSED' ? 'refused' : 'reset'))
    socket.on('close', () => end('reset'))
  })
}
