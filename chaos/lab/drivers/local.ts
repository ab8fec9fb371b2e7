import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { onFreePort } from '../../../local/ports.ts'
import { randomPassword, startPostgres } from '../../../local/postgres.ts'
import { copyPostgresTemplate } from '../../../local/postgres-template.ts'
import { startRedis } from '../../../local/redis.ts'
import type { Driver } from './driver.ts'

/** Postgres and Redis as child processes, stopped, killed and frozen by signals. */
export const localDriver: Driver = async ({ folder, stack }) => {
  const dir = join(folder, 'postgres')
  await mkdir(dir, { mode: 0o700 })
  const password = (await copyPostgresTemplate(dir)) ?? randomPassword()
  const postgres = await onFreePort((port) => startPostgres({ dir, port, password, durable: false, within: folder }))
  stack.defer(() => postgres.kill())
  const redis = await onFreePort((port) => startRedis({ dir: join(folder, 'redis'), port, password, persistent: true }))
  stack.defer(() => redis.kill())
  return { postgres, redis, about: {} }
}
