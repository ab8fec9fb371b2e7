import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { KeyRing } from '../../lib/keys/key-ring.ts'
import { describe, Guard } from '../../lib/resilience/guard.ts'
import { Probe } from '../../lib/resilience/probe.ts'
import { PostgresKeyRingStore } from '../../lib/store/key-ring-postgres.ts'
import { RedisKeyRingStore } from '../../lib/store/key-ring-redis.ts'

declare module 'fastify' {
  interface FastifyInstance {
    keyRing: KeyRing
    keyRingGuard: Guard
    /**
     * Looks at the shared ring now. True when Redis has confirmed since the call that this instance knows every key that
     * ever signed; false when it could not be asked: then Postgres is, which may know more, but not that there is no more.
     */
    confirmKeyRing: () => Promise<boolean>
  }
}

/** Longer than a call to Redis and one to Postgres together, and within the deadline of a request. */
const TIMEOUT_MS = 4500
/** How long a start waits for its dependencies before it listens without them. */
const START_PATIENCE_MS = 300

/** The key ring behind its guard: kept in Redis and Postgres, in step with both by their probes. */
async function signingKeysResource(app: FastifyInstance): Promise<void> {
  const { config, clock, log, postgres, redisStore } = app
  const guard = new Guard({
    ...config.breaker,
    dependency: 'signing-keys',
    clock,
    random: app.random,
    timeoutMs: TIMEOUT_MS,
    concurrency: 4,
    queue: 16,
    maxWaitMs: TIMEOUT_MS,
    isFailure: () => true,
    isRetryable: () => false,
  })
  const stores = {
    redis: new RedisKeyRingStore(redisStore, config.accessTokenTtl),
    postgres: new PostgresKeyRingStore(postgres),
  }
  const keyRing = new KeyRing({ ...config, stores, guard, clock, log })

  async function look(): Promise<void> {
    try {
      await guard.run(() => keyRing.bootstrap(), { probe: true })
      await keyRing.maintain()
    } catch (error) {
      log.debug({ err: error }, 'signing keys: no change possible now')
    }
  }
  const probe = new Probe(look, () => guard.nextProbeMs(config.healthProbeInterval))

  redisStore.onNews((news) => keyRing.observe(stores.redis, news.head))
  postgres.onNews((news) => keyRing.observe(stores.postgres, news.head))

  app.decorate('confirmKeyRing', async () => {
    const asked = clock.monotonic()
    await redisStore.probe.fresh()
    if (!keyRing.knowsAllSince(asked)) await postgres.probe.fresh()
    return keyRing.knowsAllSince(asked)
  })
  app.decorate('keyRing', keyRing)
  app.decorate('keyRingGuard', guard)
  for (const each of [postgres.guard, redisStore.guard, guard]) {
    each.onStateChange((state, reason) => {
      const line = `${each.dependency}: breaker is ${state}`
      if (state === 'open') log.warn({ dependency: each.dependency, state, reason: describe(reason) }, line)
      else log.info({ dependency: each.dependency, state }, line)
    })
  }
  app.addHook('onReady', async () => {
    const whole = Promise.withResolvers<void>()
    const isWhole = async () => {
      if (keyRing.ring === undefined) await probe.now()
      if (keyRing.ring !== undefined && redisStore.healthy() && postgres.healthy()) whole.resolve()
    }
    redisStore.onNews(isWhole)
    postgres.onNews(isWhole)
    const timer = setTimeout(whole.resolve, START_PATIENCE_MS)
    void Promise.all([redisStore.probe.start(), postgres.probe.start()])
      .then(() => probe.start())
      .then(isWhole)
    await whole.promise
    clearTimeout(timer)
  })
  app.addHook('onClose', async () => probe.stop())
}

export default fp(signingKeysResource, { name: 'signing-keys', dependencies: ['postgres', 'redis'] })
