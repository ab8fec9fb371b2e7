import fastifyRedis from '@fastify/redis'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { Redis } from 'ioredis'
import { newId } from '../../lib/auth/ids.ts'
import { dependencyUnavailable, isUnavailable } from '../../lib/errors.ts'
import { Absence, type TimeSpan } from '../../lib/resilience/absence.ts'
import { describe, Guard } from '../../lib/resilience/guard.ts'
import { Probe } from '../../lib/resilience/probe.ts'
import {
  isLostRedisConnection,
  isMissingRight,
  isRedisFailure,
  isSelectRefused,
  redisReason,
} from '../../lib/resilience/redis-errors.ts'
import { RemoteClock } from '../../lib/resilience/remote-clock.ts'
import { checked, type RedisHandle, type Script } from '../../lib/store/redis-handle.ts'
import { eventsDespite, type RedisNews, RedisSyncStore } from '../../lib/store/redis-sync.ts'

declare module 'fastify' {
  interface FastifyInstance {
    redisStore: RedisResource
  }
}

/** Redis behind its guard, and the probe that keeps this instance in step with the others. */
export interface RedisResource extends RedisHandle {
  readonly sync: RedisSyncStore
  readonly probe: Probe
  /** True when the last probe went well and calls are let through. */
  healthy(): boolean
  /** Where in the stream of revocations the next look begins. */
  position: () => string
  /** When this instance was last out of touch with Redis, by its clock. */
  away(): TimeSpan
  /** When Redis last began without data (milliseconds since the epoch), 0 when not known. */
  began(): number
  /** Notes that this instance has signed an access token; the next look tells the others. */
  countToken(): void
  /** Milliseconds since the last look: how far this instance may be behind the others. */
  lagMs(): number
  /** Calls `listener` after each successful look; `emptied`: Redis has lost its data since the last one. */
  onNews(listener: (news: RedisNews, emptied: boolean) => Promise<void>): void
  /** Told of events that were seen in a look that failed, since the server takes no writes. */
  onEvents: (events: RedisNews['events']) => void
}

/** How often an instance looks for revocations and key changes; they must reach it within a second. */
const SYNC_INTERVAL_MS = 300
const GUARD_MARGIN_MS = 100
const MAX_CONCURRENCY = 1000
/** The first connection is being made; what becomes of it has a reason of its own. */
const CONNECTING = 'still connecting'
const NO_DEADLINE = Number.MAX_SAFE_INTEGER

async function redisResource(app: FastifyInstance): Promise<void> {
  const { redis: timeouts, breaker, healthProbeInterval, accessTokenTtl, refreshGrace } = app.config
  const { clock } = app
  const client = await openClient(app)
  /** Why there is no connection: without it a call would fail with words about the driver's queue. */
  let lost: Error | undefined
  /** Why the connection is not in the database that REDIS_URL names: the driver would go on in the database 0. */
  let misplaced: Error | undefined
  client.on('connect', () => {
    misplaced = undefined
  })
  client.on('error', (error) => {
    lost = error
    if (!isSelectRefused(error)) return
    const code = redisReason(error) ?? 'its database can not be selected'
    misplaced = Object.assign(new Error('the database of REDIS_URL can not be selected', { cause: error }), { code })
  })
  client.on('close', () => {
    lost ??= Object.assign(new Error('Redis closed the connection'), { code: 'connection closed' })
  })
  client.on('ready', () => {
    lost = undefined
  })
  const listeners: ((news: RedisNews, emptied: boolean) => Promise<void>)[] = []
  const remoteClock = new RemoteClock()
  let mark = ''
  let began = 0
  let wasWell = false
  let complaint = ''
  let unreportedTokens = 0
  const absence = new Absence(refreshGrace)
  let lookedAt = clock.monotonic()

  const guard = new Guard({
    ...breaker,
    dependency: 'redis',
    clock,
    random: app.random,
    timeoutMs: timeouts.commandTimeout + GUARD_MARGIN_MS,
    concurrency: MAX_CONCURRENCY,
    queue: 0,
    maxWaitMs: timeouts.commandTimeout,
    isFailure: isRedisFailure,
    isRetryable: isLostRedisConnection,
  })

  function deadline(script: Script): number {
    if (!script.bounded) return NO_DEADLINE
    if (!remoteClock.isKnown) throw dependencyUnavailable('redis', guard.retryAfterMs, new Error('not seen yet'))
    return remoteClock.at(clock.monotonic()) + timeouts.commandTimeout
  }
  /** An error gets what Redis says is wrong as its code: that is what the log tells of it. */
  async function call(script: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    try {
      return await send(script, keys, args)
    } catch (error) {
      const code = redisReason(error, script.lua)
      throw code === undefined ? error : Object.assign(error as Error, { code })
    }
  }
  async function send(script: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    if (misplaced !== undefined) throw misplaced
    if (client.status !== 'ready') throw lost ?? Object.assign(new Error('no connection yet'), { code: CONNECTING })
    if (!(script.name in client)) client.defineCommand(script.name, { numberOfKeys: script.keys, lua: script.lua })
    const run = Reflect.get(client, script.name) as (...args: unknown[]) => Promise<unknown>
    return checked(script, await run.call(client, ...keys, ...args))
  }
  const handle: RedisHandle = {
    guard,
    async run(script, keys, args) {
      if (!script.probe) guard.refuseIfOpen()
      const limit = deadline(script)
      return guard.run(() => call(script, keys, [limit, ...args]), {
        probe: script.probe,
        retry: !script.bounded && !script.probe,
      })
    },
  }
  const sync = new RedisSyncStore(handle, accessTokenTtl, refreshGrace)

  async function look(): Promise<void> {
    try {
      const tokens = unreportedTokens
      const news = await sync.pull(resource.position(), newId(clock.now()), tokens)
      unreportedTokens -= tokens
      lookedAt = clock.monotonic()
      remoteClock.heard(news.now, lookedAt)
      const emptied = mark !== '' && mark !== news.mark
      mark = news.mark
      absence.looked(news.now, news.away)
      began = news.began
      for (const listener of listeners) await listener(news, emptied)
      // Not before: who comes back must have learned what it missed.
      wasWell = true
      complaint = ''
    } catch (error) {
      if (isUnavailable(error, 'redis')) wasWell = false
      resource.onEvents(eventsDespite(error))
      // After a failover the client may hold on to what is a replica by now; an error reply would make it connect anew.
      if (misplaced !== undefined || /READONLY/.test(String((error as Error).cause))) client.disconnect(true)
      app.log.debug({ err: error }, 'redis: look failed')
      const reason = describe((error as Error).cause)
      if (reason === CONNECTING) return
      if (reason !== complaint && guard.state === 'connecting') app.log.warn({ reason }, 'redis: not ready yet')
      else if (reason !== complaint && isMissingRight(reason)) app.log.warn({ reason }, 'redis: a right is missing')
      complaint = reason
    }
  }
  const interval = Math.min(SYNC_INTERVAL_MS, healthProbeInterval)
  const probe = new Probe(look, () => guard.nextProbeMs(interval))

  const resource: RedisResource = {
    ...handle,
    sync,
    probe,
    healthy: () => wasWell && guard.state === 'closed',
    position: () => '0-0',
    away: () => absence.span,
    began: () => began,
    countToken: () => {
      unreportedTokens += 1
    },
    lagMs: () => clock.monotonic() - lookedAt,
    onNews: (listener) => listeners.push(listener),
    onEvents: () => {},
  }
  client.on('ready', () => void probe.now())
  app.decorate('redisStore', resource)
  app.addHook('onClose', async () => {
    probe.stop()
    // `quit` would wait for an answer, and rejects or hangs when there is none.
    client.disconnect()
  })
}

/** @fastify/redis in a context of its own, so that nothing outside this file can reach the client. */
async function openClient(app: FastifyInstance): Promise<Redis> {
  const { redisUrl, redisCa } = app.config
  const { connectTimeout, commandTimeout } = app.config.redis
  // ioredis would give up a connection again for each of the calls that are refused on it.
  let givenUp = false
  const client = new Redis(redisUrl, {
    ...(redisCa !== undefined && { tls: { ca: redisCa } }),
    lazyConnect: true,
    connectionName: 'tokenforge',
    connectTimeout,
    commandTimeout,
    // A frozen server answers nothing and keeps its sockets: drop them, and begin anew.
    socketTimeout: 3 * commandTimeout,
    enableOfflineQueue: false,
    // By default ioredis sends a command again when the answer was lost: a refresh would run twice.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (attempt) => Math.min(attempt * 50, 500),
    reconnectOnError(error) {
      if (givenUp || !/^READONLY/.test(error.message)) return false
      givenUp = true
      return 1
    },
  })
  client.on('connect', () => {
    givenUp = false
  })
  client.on('error', (error) => app.log.debug({ err: error }, 'redis: connection error'))
  await app.register(async (inner) => {
    // The plugin waits for a client that is not ready and fails the boot after 10 s (docs/adr/0002-redis-boot.md).
    const ready = Object.create(client, { status: { value: 'ready' } }) as Redis
    await inner.register(fastifyRedis, { client: ready, closeClient: false })
  })
  client.connect().catch(() => {})
  return client
}

export default fp(redisResource, { name: 'redis' })
