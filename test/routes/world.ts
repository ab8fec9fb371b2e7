import pg from 'pg'
import type { Test } from 'tap'
import type { LocalServer } from '../../local/child-server.ts'
import { type StartOptions, startApp, type TestApp, testEnvironment, until } from '../fixtures/app.ts'
import { confined } from '../fixtures/confined.ts'
import { makeDatabase } from '../fixtures/postgres-template.ts'
import { startServers } from '../fixtures/servers.ts'
import { sharedDatabase } from '../fixtures/shared-postgres.ts'

/** The connections that clients keep alive would be waited for at the end of every test. */
const BRIEF = { SHUTDOWN_GRACE: '100ms' }

/** Set, every server runs with no more rights than it needs in Postgres and Redis. */
const CONFINED = process.env.TOKENFORGE_TEST_CONFINED === 'true'

/** A test file's servers, on which each app gets a Postgres database and a Redis database of its own. */
export interface World {
  readonly redis: LocalServer
  /** An environment with databases that nobody has used yet. */
  environment(more?: Record<string, string>): Promise<Record<string, string>>
  /** Starts the application with a fresh environment, and waits until it is whole; it closes with the test. */
  start(t: Test, more?: Record<string, string>, options?: StartOptions): Promise<WorldApp>
}

export interface WorldApp extends TestApp {
  readonly env: Record<string, string>
  /** Runs one statement in the database of the app. */
  sql(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>
}

/** A world with a Postgres of its own, which may be stopped. */
export interface OwnWorld extends World {
  readonly postgres: LocalServer
}

/** Starts a Redis for a test file, beside the Postgres that it shares. It ends with `t`, after all its subtests. */
export async function startWorld(t: Test): Promise<World> {
  const { redis } = await startServers(t, { redis: true })
  return worldOn(redis, () => sharedDatabase(t))
}

/** Starts the servers of a test file that stops them. They end with `t`, after all its subtests. */
export async function startOwnWorld(t: Test): Promise<OwnWorld> {
  const { postgres, redis } = await startServers(t, { postgres: true, redis: true })
  return { ...worldOn(redis, (number) => makeDatabase(postgres.url, `world_${number}`)), postgres }
}

function worldOn(redis: LocalServer, database: (number: string) => Promise<string>): World {
  let made = 0
  const world: World = {
    redis,
    async environment(more) {
      made += 1
      const number = String(made)
      const urls = { postgres: await database(number), redis: at(redis.url, number) }
      return testEnvironment(urls, { ...BRIEF, ...(CONFINED && (await confined(urls))), ...more })
    },
    async start(t, more, options) {
      const env = await world.environment(more)
      const app = await startWhole(t, env, options)
      const owner = env.MIGRATION_DATABASE_URL ?? env.DATABASE_URL
      return { ...app, env, sql: (text, values) => query(owner, text, values) }
    },
  }
  return world
}

/** Starts the application with an environment that may have been used before, and waits until it is whole. */
export async function startWhole(t: Test, env: Record<string, string>, options?: StartOptions): Promise<TestApp> {
  const app = await startApp(t, env, options)
  await until(async () => (await app.call('GET', '/health/ready')).body.status === 'ok')
  // What made the event loop late while the application was loaded is no load that it should shed.
  await until(() => app.app.loadShedding.lateMs < 100)
  return app
}

/** Starts the application with neither server, for what needs none. */
export async function startAlone(t: Test, more: Record<string, string> = {}): Promise<TestApp> {
  const urls = { postgres: 'postgres://127.0.0.1:1/none', redis: 'redis://127.0.0.1:1' }
  return startApp(t, testEnvironment(urls, { ...BRIEF, ...more }))
}

function at(url: string, database: string): string {
  const changed = new URL(url)
  changed.pathname = `/${database}`
  return changed.href
}

async function query(
  url: string | undefined,
  text: string,
  values: unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text, values)).rows
  } finally {
    await client.end()
  }
}
