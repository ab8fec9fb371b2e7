import type { Network } from '../net/network.ts'

export type DependencyName = 'postgres' | 'redis'
export type DriverName = 'docker' | 'local' | 'deployment'

/** A dependency's process or container, which can be made to fail. Each resolves when it has happened. */
export interface DependencyServer {
  /** To the server itself, past every proxy; the same over restarts. */
  readonly url: string
  /** Ends it in good order (`docker stop`). */
  stop(): Promise<void>
  /** Ends it as a crash does (`docker kill`). */
  kill(): Promise<void>
  /** Starts it again on the same port and data, and waits until it answers; nothing when it runs. */
  start(): Promise<void>
  /** Connections stay open and nothing answers (`docker pause`). */
  freeze(): Promise<void>
  /** Lets it go on; nothing when it is not frozen. */
  thaw(): Promise<void>
}

/** A dependency and the network in front of it. */
export interface Dependency {
  readonly name: DependencyName
  readonly server: DependencyServer
  /** One link for each auth instance. A deployment that the harness did not start has none. */
  readonly network: Network
}

/** A running auth server: what `npm start` starts. */
export interface AuthInstance {
  readonly name: string
  /** Base URL, the same over restarts. */
  readonly url: string
  /** `undefined` while it is not running. */
  readonly pid: number | undefined
  /** SIGTERM; resolves with how it ended. */
  stop(): Promise<string>
  /** SIGKILL. */
  kill(): Promise<void>
  /** Starts it again on the same port with the same settings; resolves when `/health/live` answers. */
  start(): Promise<void>
}

export interface InstanceOptions {
  readonly name?: string
  /** Environment variables beside those of the lab. */
  readonly settings?: Readonly<Record<string, string>>
  /** Wait for `/health/ready` to say ok (the default), or only until it listens. */
  readonly whole?: boolean
}

/** Real Postgres and Redis and any number of auth instances; all of it goes when the lab is disposed of. */
export interface Lab extends AsyncDisposable {
  readonly driver: DriverName
  readonly postgres: Dependency
  readonly redis: Dependency
  /** Of the admin routes. */
  readonly adminKey: string
  /** `KEY_ENCRYPTION_KEY` of the instances: what a thief of the key store would need. */
  readonly keyEncryptionKey: string
  /** All instances that were started, in order. */
  readonly instances: readonly AuthInstance[]
  startInstance(options?: InstanceOptions): Promise<AuthInstance>
  /** Versions for the journal: node, postgres, redis, docker. */
  about(): Promise<Record<string, string>>
}
