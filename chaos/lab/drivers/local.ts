import { join } from 'node:path'
import { onFreePort } from '../../../local/ports.ts'
import { randomPassword, startPostgres } from '../../../local/postgres.ts'
import { startRedis } from '../../../local/redis.ts'
import type { Driver } from './driver.ts'

/** Postgres and Redis as child processes, stopped, killed and frozen by signals. */
export const localDriver: Driver = async ({ folder, stack }) => {
  const password = randomPassword()
  const postgres = await onFreePort((port) =>
    startPostgres({ dir: join(folder, 'postgres'), port, password, durable: false, within: folder }),
  )
  stack.defer(() => postgres.kill())
  const redis = await onFreePort((port) => startRedis({ dir: join(folder, 'redis'), port, password, persistent: true }))
  stack.defer(() => redis.kill())
  return { postgres, redis, about: {} }
}
