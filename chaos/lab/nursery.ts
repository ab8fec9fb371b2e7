import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { onFreePort } from '../../local/ports.ts'
import { authInstance, type InstanceSpec } from './auth-instance.ts'
import { isWhole, untilIt } from './health.ts'
import type { AuthInstance, InstanceOptions, Lab } from './lab.ts'

const WHOLE_TIMEOUT_MS = 20_000

/** What the instances of a lab have in common. */
export interface NurseryOptions extends Pick<Lab, 'postgres' | 'redis'>, Pick<InstanceSpec, 'onEvent'> {
  readonly settings?: Readonly<Record<string, string>>
  readonly imports?: readonly string[]
  readonly resultsFolder?: string
  /** The lab's. */
  readonly folder: string
  /** Takes what ends the instances. */
  readonly stack: AsyncDisposableStack
}

/** The part of a lab where auth instances come from. */
export type Nursery = Pick<Lab, 'adminKey' | 'keyEncryptionKey' | 'instances' | 'startInstance'>

/** Makes the secrets that all instances of a lab share; starts none. */
export function openNursery(options: NurseryOptions): Nursery {
  const { postgres, redis, folder, settings = {}, imports = [], resultsFolder, onEvent } = options
  const running = options.stack.use(new AsyncDisposableStack())
  const adminKey = randomBytes(24).toString('hex')
  const keyEncryptionKey = randomBytes(32).toString('base64')
  const shared = {
    PATH: process.env.PATH ?? '',
    ISSUER: 'http://127.0.0.1:3000',
    AUDIENCE: 'https://api.example.com',
    KEY_ENCRYPTION_KEY: keyEncryptionKey,
    PASSWORD_PEPPER: randomBytes(24).toString('hex'),
    ADMIN_API_KEY: adminKey,
    LOG_LEVEL: 'info',
    ...settings,
  }
  if (resultsFolder !== undefined) mkdirSync(resultsFolder, { recursive: true })
  const instances: AuthInstance[] = []
  let count = 0

  async function startInstance(wanted: InstanceOptions = {}): Promise<AuthInstance> {
    count += 1
    const { name = `auth-${count}`, whole = true } = wanted
    const [toPostgres, toRedis] = [await postgres.network.link(name), await redis.network.link(name)]
    const cwd = join(folder, 'instances', name)
    mkdirSync(cwd, { recursive: true })
    const env = { ...shared, DATABASE_URL: toPostgres.url, REDIS_URL: toRedis.url, ...wanted.settings }
    const logFile = resultsFolder === undefined ? undefined : join(resultsFolder, `${name}.log`)
    const instance = await onFreePort(async (port) => {
      const born = authInstance({ name, port, env, cwd, imports, logFile, onEvent })
      running.defer(born.kill)
      await born.start()
      return born
    })
    instances.push(instance)
    const ended = () => (instance.pid === undefined ? 'see its log' : undefined)
    if (whole) await untilIt(() => isWhole(instance.url), { timeoutMs: WHOLE_TIMEOUT_MS, ended })
    return instance
  }

  return { adminKey, keyEncryptionKey, instances, startInstance }
}
