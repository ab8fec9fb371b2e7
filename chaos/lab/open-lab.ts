import { lastWill } from '../../local/last-will.ts'
import { reapFolder } from '../../local/reap-folder.ts'
import type { BreakerEvent, LogEvent, ProcessEvent, TrafficEvent } from '../history/events.ts'
import { type IsCall, isPostgresCall, isRedisCall } from '../net/calls.ts'
import { openNetwork } from '../net/network.ts'
import type { Driver } from './drivers/driver.ts'
import { disposeOnSignal } from './end-signals.ts'
import type { Dependency, DependencyName, DependencyServer, Lab } from './lab.ts'
import { makeLabFolder } from './lab-folder.ts'
import { openNursery } from './nursery.ts'
import { postgresStatements, redisCommand } from './past-the-app.ts'
import { startPrometheus } from './prometheus.ts'
import { sweep } from './sweep.ts'

const SWEEPER = `${import.meta.dirname}/sweep.ts`
/** Loaded when they are wanted: one of them needs a library that takes a while. */
const DRIVERS = {
  local: async (): Promise<Driver> => (await import('./drivers/local.ts')).localDriver,
  docker: async (): Promise<Driver> => (await import('./drivers/docker.ts')).dockerDriver,
}
const IS_CALL: Readonly<Record<DependencyName, IsCall>> = { postgres: isPostgresCall, redis: isRedisCall }

export interface LabOptions {
  readonly driver: keyof typeof DRIVERS
  /** Environment of the instances, beside what the lab gives. */
  readonly settings?: Readonly<Record<string, string>>
  /** Modules that Node loads before the server, absolute paths: to run a server that is broken on purpose. */
  readonly imports?: readonly string[]
  /** The log of each instance goes there, `<instance>.log`. */
  readonly resultsFolder?: string
  /** Told what happens in the lab, for the history. */
  readonly onEvent?: (happening: ProcessEvent | LogEvent | BreakerEvent | TrafficEvent) => void
  /** Told what takes long, or is not as one may expect; standard error when it is left out. */
  readonly say?: (text: string) => void
}

/**
 * Opens a lab: a Postgres, a Redis, and a network in front of each. What killed runs left behind is ended first.
 *
 * Nothing of it stays: it goes when it is disposed of, when this process is asked to end, and when it is killed.
 *
 * @throws an error whose message is fit for the terminal
 */
export async function openLab(options: LabOptions): Promise<Lab> {
  const { driver, onEvent = () => {}, say = (text) => process.stderr.write(`${text}\n`) } = options
  await sweep(driver)
  await using opening = new AsyncDisposableStack()
  const takeBack = lastWill(SWEEPER, driver, String(process.pid))
  const folder = await makeLabFolder()
  opening.defer(() => reapFolder(folder))
  const start = await DRIVERS[driver]()
  const servers = await start({ folder, stack: opening, say })

  function dependency(name: DependencyName, server: DependencyServer): Dependency {
    const onTraffic = (instance: string, kind: TrafficEvent['kind']): void =>
      onEvent({ type: 'traffic', instance, dependency: name, kind })
    const network = openNetwork(server.url, { isCall: IS_CALL[name], onTraffic })
    opening.defer(() => network.close())
    return { name, server, network }
  }
  const postgres = dependency('postgres', servers.postgres)
  const redis = dependency('redis', servers.redis)
  const nursery = openNursery({ ...options, onEvent, folder, postgres, redis, stack: opening })
  const versions = { ...servers.about, ...(await versionsOf(servers)) }
  const watchers = opening.use(new AsyncDisposableStack())

  const stack = opening.move()
  let end: Promise<void> | undefined
  const lab: Lab = {
    driver,
    postgres,
    redis,
    ...nursery,
    async startPrometheus(wanted) {
      const prometheus = await startPrometheus(wanted, { folder, logFolder: options.resultsFolder, stack: watchers })
      Object.assign(versions, { prometheus: prometheus.version })
      return prometheus
    },
    about: async () => versions,
    [Symbol.asyncDispose]() {
      // What could not be undone is left to the sweeper.
      end ??= stack.disposeAsync().then(takeBack)
      return end
    },
  }
  stack.defer(disposeOnSignal(lab))
  return lab
}

async function versionsOf(servers: Record<DependencyName, DependencyServer>): Promise<Record<string, string>> {
  const [row] = await postgresStatements(servers.postgres.url, 'SHOW server_version')
  const info = String(await redisCommand(servers.redis.url, 'INFO', 'server'))
  return {
    node: process.version,
    postgres: String(row?.server_version),
    redis: /^(?:valkey|redis)_version:(\S+)/m.exec(info)?.[1] ?? 'unknown',
  }
}
