import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { onFreePort } from '../../local/ports.ts'
import { authInstance, type InstanceSpec } from './auth-instance.ts'
import { isWhole, untilIt } from './health.ts'
import type { AuthInstance, InstanceOptions, Lab, ServiceOptions } from './lab.ts'

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

/** The part of a lab where auth instances and other servers come from. */
export type Nursery = Pick<
  Lab,
  'adminKey' | 'keyEncryptionKey' | 'secrets' | 'logFiles' | 'instances' | 'startInstance' | 'startService'
>

/** Makes the secrets that all instances of a lab share; starts none. */
export function openNursery(options: NurseryOptions): Nursery {
  const { postgres, redis, folder, settings = {}, imports = [], resultsFolder, onEvent } = options
  const running = options.stack.use(new AsyncDisposableStack())
  const adminKey = randomBytes(24).toString('hex')
  const keyEncryptionKey = randomBytes(32).toString('base64')
  const common = {
    PATH: process.env.PATH ?? '',
    ISSUER: 'http://127.0.0.1:3000',
    AUDIENCE: 'https://api.example.com',
    LOG_LEVEL: 'info',
  }
  const shared = {
    ...common,
    KEY_ENCRYPTION_KEY: keyEncryptionKey,
    PASSWORD_PEPPER: randomBytes(24).toString('hex'),
    ADMIN_API_KEY: adminKey,
    ...settings,
  }
  if (resultsFolder !== undefined) mkdirSync(resultsFolder, { recursive: true })
  const secrets = {
    'the admin key': shared.ADMIN_API_KEY,
    'the key-encryption key': shared.KEY_ENCRYPTION_KEY,
    'the pepper': shared.PASSWORD_PEPPER,
    'the password of Postgres': passwordOf(postgres.server.url),
    'the password of Redis': passwordOf(redis.server.url),
  }
  const logFiles = new Map<string, string>()
  const instances: AuthInstance[] = []
  let count = 0

  async function startInstance(wanted: InstanceOptions = {}): Promise<AuthInstance> {
    count += 1
    const { name = `auth-${count}`, whole = true } = wanted
    const [toPostgres, toRedis] = [await postgres.network.link(name), await redis.network.link(name)]
    const env = { ...shared, DATABASE_URL: toPostgres.url, REDIS_URL: toRedis.url, ...wanted.settings }
    const instance = await start({ name, env })
    instances.push(instance)
    const ended = () => (instance.pid === undefined ? 'see its log' : undefined)
    if (whole) await untilIt(() => isWhole(instance.url), { timeoutMs: WHOLE_TIMEOUT_MS, ended })
    return instance
  }

  function startService({ name, program, healthPath, settings: own }: ServiceOptions): Promise<AuthInstance> {
    const { CHAOS_MUTATION } = settings
    // The server that is broken on purpose may be this one.
    const broken = CHAOS_MUTATION === undefined ? {} : { CHAOS_MUTATION }
    return start({ name, program, healthPath, env: { ...common, ...broken, ...own } })
  }

  function start(spec: Pick<InstanceSpec, 'name' | 'env' | 'program' | 'healthPath'>): Promise<AuthInstance> {
    const { name } = spec
    const cwd = join(folder, 'instances', name)
    mkdirSync(cwd, { recursive: true })
    const logFile = resultsFolder === undefined ? undefined : join(resultsFolder, `${name}.log`)
    if (logFile !== undefined) logFiles.set(name, logFile)
    return onFreePort(async (port) => {
      const born = authInstance({ ...spec, port, cwd, imports, logFile, onEvent })
      running.defer(born.kill)
      await born.start()
      return born
    })
  }

  return { adminKey, keyEncryptionKey, secrets, logFiles, instances, startInstance, startService }
}

function passwordOf(url: string): string {
  return decodeURIComponent(new URL(url).password)
}
