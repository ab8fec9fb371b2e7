import fastifyPostgres from '@fastify/postgres'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Pool } from 'pg'
import { AppError, dependencyUnavailable, isUnavailable } from '../../lib/errors.ts'
import { describe, Guard } from '../../lib/resilience/guard.ts'
import {
  isLoginRefused,
  isLostPostgresConnection,
  isReadOnlyRefusal,
  judgePostgresError,
} from '../../lib/resilience/postgres-errors.ts'
import { Probe } from '../../lib/resilience/probe.ts'
import { RemoteClock } from '../../lib/resilience/remote-clock.ts'
import { inTime, LateError, rowsInTime } from '../../lib/store/in-time.ts'
import { migrate, migrationStatus } from '../../lib/store/migrations.ts'
import type { PostgresHandle, Row } from '../../lib/store/postgres-handle.ts'
import { type PostgresNews, PostgresSyncStore } from '../../lib/store/postgres-sync.ts'
import { roleApart } from '../../lib/store/runtime-role.ts'

declare module 'fastify' {
  interface FastifyInstance {
    postgres: PostgresResource
  }
}

/** Postgres behind its guard, and the probe that looks at it all the time. */
export interface PostgresResource extends PostgresHandle {
  readonly sync: PostgresSyncStore
  readonly probe: Probe
  /** True when the last probe went well and calls are let through. */
  healthy(): boolean
  /** True when it is healthy and takes writes, too. */
  writable(): boolean
  /** The pool at this moment: connections, idle ones, callers that wait for one. */
  pool(): { readonly total: number; readonly idle: number; readonly waiting: number }
  /** Calls `listener` after each successful probe. What it throws is logged. */
  onNews(listener: (news: PostgresNews) => Promise<void>): void
}

/** Time for the server to cancel a statement before the client gives the connection up. */
const STATEMENT_MARGIN_MS = 100
const GUARD_MARGIN_MS = 100
/** Callers that may wait for each connection, and for how long: a query takes a few milliseconds. */
const WAITING_PER_CONNECTION = 50
const MAX_WAIT_MS = 1000
const IDLE_TIMEOUT_MS = 30_000
const MAX_LIFETIME_S = 1800

async function postgresResource(app: FastifyInstance): Promise<void> {
  const { databaseUrl, migrationDatabaseUrl, migrateOnStart, breaker, healthProbeInterval } = app.config
  const { connectTimeout, queryTimeout, poolMax } = app.config.postgres
  const pool = await openPool(app)
  const listeners: ((news: PostgresNews) => Promise<void>)[] = []
  let migrated = false
  let wasWell = false
  let readOnly = false
  const remoteClock = new RemoteClock()

  const guard = new Guard({
    ...breaker,
    dependency: 'postgres',
    clock: app.clock,
    random: app.random,
    timeoutMs: connectTimeout + queryTimeout + GUARD_MARGIN_MS,
    concurrency: poolMax,
    queue: poolMax * WAITING_PER_CONNECTION,
    maxWaitMs: MAX_WAIT_MS,
    isFailure(error) {
      if (error instanceof LateError) return true
      const verdict = judgePostgresError(error)
      if (verdict === 'unknown') app.log.warn({ err: error }, 'postgres: an error of unknown kind counts as a failure')
      return verdict !== 'refusal'
    },
    isRetryable: isLostPostgresConnection,
  })

  async function query<R extends Row>(sql: string, values: readonly unknown[]): Promise<R[]> {
    const { rows } = await pool.query<R>(sql, [...values])
    return rows
  }
  function requireSchema(): void {
    if (!migrated) throw dependencyUnavailable('postgres', guard.retryAfterMs, new Error('the schema is not there yet'))
  }

  async function writeInTime<R extends Row>(sql: string, values: readonly unknown[]): Promise<R[]> {
    if (!remoteClock.isKnown) throw dependencyUnavailable('postgres', guard.retryAfterMs, new Error('not seen yet'))
    const deadline = remoteClock.at(app.clock.monotonic()) + connectTimeout + queryTimeout
    const { text, values: all } = inTime(sql, values, deadline)
    return rowsInTime<R>(await query(text, all))
  }

  const handle: PostgresHandle = {
    guard,
    async read<R extends Row>(sql: string, values: readonly unknown[]) {
      requireSchema()
      return guard.run(() => query<R>(sql, values), { retry: true })
    },
    async look<R extends Row>(sql: string, dropIf: (rows: R[]) => boolean) {
      return guard.run(() => lookOn(pool, sql, dropIf), { probe: true })
    },
    async write<R extends Row>(sql: string, values: readonly unknown[]) {
      requireSchema()
      try {
        return await guard.run(() => writeInTime<R>(sql, values))
      } catch (error) {
        if (!isReadOnlyRefusal(error)) throw error
        throw dependencyUnavailable('postgres', guard.retryAfterMs, error)
      }
    },
  }
  const sync = new PostgresSyncStore(handle)

  const role = roleApart(databaseUrl, migrationDatabaseUrl)
  async function applyMigrations(): Promise<void> {
    const { applied, to } = await migrate(migrationDatabaseUrl, 'latest', role)
    app.log.info({ applied, version: to }, 'applied migrations')
  }
  async function prepareSchema(): Promise<void> {
    const look = () => handle.look('SELECT 1', () => false)
    await look().catch(async (error) => {
      // At the very first start nobody has made the role yet.
      if (!migrateOnStart || role === undefined || !isLoginRefused(error)) throw error
      await applyMigrations()
      await look()
    })
    const { current, latest } = await migrationStatus(databaseUrl)
    if (current < latest) {
      if (!migrateOnStart) throw new Error(`the schema is at version ${current} of ${latest}: run npm run migrate`)
      await applyMigrations()
    }
    migrated = true
  }

  /** One line for each new reason why the start does not get on. */
  let complaint = ''
  function complain(error: unknown): void {
    const reason = error instanceof AppError ? describe(error.cause) : String(error)
    if (reason !== complaint) app.log.warn({ reason }, 'postgres: not ready yet')
    complaint = reason
  }

  async function check(): Promise<void> {
    try {
      if (!migrated) await prepareSchema()
      const news = await sync.pull()
      remoteClock.heard(news.now, app.clock.monotonic())
      wasWell = true
      if (news.readOnly !== readOnly) app.log.warn({ read_only: news.readOnly }, 'postgres: read-only changed')
      readOnly = news.readOnly
      for (const listener of listeners) await listener(news)
    } catch (error) {
      if (isUnavailable(error, 'postgres')) wasWell = false
      app.log.debug({ err: error }, 'postgres: look failed')
      if (!migrated) complain(error)
    }
  }
  const probe = new Probe(check, () => guard.nextProbeMs(healthProbeInterval))

  app.decorate('postgres', {
    ...handle,
    sync,
    probe,
    healthy: () => wasWell && guard.state === 'closed',
    writable: () => wasWell && !readOnly && guard.state === 'closed',
    pool: () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    onNews: (listener) => listeners.push(listener),
  })
  app.addHook('onClose', async () => probe.stop())
}

async function lookOn<R extends Row>(pool: Pool, sql: string, dropIf: (rows: R[]) => boolean): Promise<R[]> {
  const client = await pool.connect()
  let drop = true
  try {
    const { rows } = await client.query<R>(sql)
    drop = dropIf(rows)
    return rows
  } finally {
    client.release(drop)
  }
}

/** @fastify/postgres in a context of its own, so that nothing outside this file can reach the pool. */
async function openPool(app: FastifyInstance): Promise<Pool> {
  const { connectTimeout, queryTimeout, poolMax } = app.config.postgres
  let pool: Pool | undefined
  await app.register(async (inner) => {
    await inner.register(fastifyPostgres, {
      connectionString: app.config.databaseUrl,
      application_name: 'tokenforge',
      max: poolMax,
      connectionTimeoutMillis: connectTimeout,
      query_timeout: queryTimeout,
      statement_timeout: Math.max(1, queryTimeout - STATEMENT_MARGIN_MS),
      lock_timeout: Math.max(1, queryTimeout - STATEMENT_MARGIN_MS),
      idle_in_transaction_session_timeout: queryTimeout,
      idleTimeoutMillis: IDLE_TIMEOUT_MS,
      maxLifetimeSeconds: MAX_LIFETIME_S,
      keepAlive: true,
      allowExitOnIdle: true,
    })
    pool = inner.pg.pool
    // Without these a stop of Postgres ends the process: the plugin adds neither (fastify/fastify-postgres#168).
    const lost = (error: Error) => app.log.debug({ err: error }, 'postgres: lost a connection')
    pool.on('error', lost)
    pool.on('connect', (client) => client.on('error', lost))
  })
  if (pool === undefined) throw new Error('@fastify/postgres made no pool')
  return pool
}

export default fp(postgresResource, { name: 'postgres' })
