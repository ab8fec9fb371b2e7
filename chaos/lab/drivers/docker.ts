import { randomPassword } from '../../../local/postgres.ts'
import { ping } from '../../../local/redis.ts'
import { redisConfig } from '../../../local/redis-config.ts'
import { postgresStatements } from '../past-the-app.ts'
import type { Driver } from './driver.ts'
import { findEngine } from './engine.ts'
import { chooseImage, POSTGRES_IMAGE, REDIS_IMAGE } from './images.ts'
import { startContainer } from './lab-container.ts'

const DATABASE = 'tokenforge'
const REDIS_CONFIG = '/etc/tokenforge-redis.conf'
// What was committed outlives `docker kill` without it; only a power cut would be another matter.
const NO_SYNC = ['-c', 'fsync=off', '-c', 'full_page_writes=off']

/** Postgres and Redis in containers of fixed names, on ports of 127.0.0.1 that they keep over restarts. */
export const dockerDriver: Driver = async ({ stack, say }) => {
  const engine = await findEngine()
  if (engine === undefined) throw new Error('no Docker engine answers: start one, or choose CHAOS_DRIVER=local')
  const images = {
    postgres: await chooseImage(engine.image, POSTGRES_IMAGE, { say }),
    redis: await chooseImage(engine.image, REDIS_IMAGE, { say }),
  }
  const password = randomPassword()
  const environment = { POSTGRES_PASSWORD: password, POSTGRES_DB: DATABASE, POSTGRES_INITDB_ARGS: '--no-sync' }
  const config = redisConfig({ bind: '0.0.0.0', port: 6379, password, persistent: true })

  const postgres = await startContainer(
    {
      engine,
      name: 'tokenforge_db',
      image: images.postgres,
      port: 5432,
      prepare: (container) => container.withEnvironment(environment).withCommand(['postgres', ...NO_SYNC]),
      url: (port) => `postgres://postgres:${password}@127.0.0.1:${port}/${DATABASE}`,
      isReady: answersQuery,
    },
    stack,
  )
  const redis = await startContainer(
    {
      engine,
      name: 'tokenforge_redis',
      image: images.redis,
      port: 6379,
      prepare: (container) =>
        container
          .withCopyContentToContainer([{ content: config, target: REDIS_CONFIG }])
          .withCommand(['redis-server', REDIS_CONFIG]),
      url: (port) => `redis://:${password}@127.0.0.1:${port}`,
      isReady: (url) => ping(Number(new URL(url).port), password),
    },
    stack,
  )
  const docker = String(engine.info.containerRuntime.serverVersion)
  return { postgres, redis, about: { docker, postgres_image: images.postgres, redis_image: images.redis } }
}

async function answersQuery(url: string): Promise<boolean> {
  return postgresStatements(url, 'SELECT 1').then(
    () => true,
    () => false,
  )
}
