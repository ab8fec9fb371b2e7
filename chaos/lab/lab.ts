import type { Network } from '../net/network.ts'
import type { Greeting } from './past-the-app.ts'
import type { Prometheus, PrometheusOptions } from './prometheus.ts'

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
  /** Connects and greets, where that takes another way than `url`. */
  greet?(patienceMs: number): Promise<Greeting>
}

/** A dependency and the network in front of it. */
export interface Dependency {
  readonly name: DependencyName
  readonly server: DependencyServer
  /** One link for each auth instance. Throws for a deployment that the harness did not start. */
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
  /** Starts it again on the same port with the same settings; resolves when it says that it is healthy. */
  start(): Promise<void>
  /**
   * Somebody else ends it now, on the scenario's behalf: its exit is no surprise. Resolves with how it ended. Where the lab
   * does not have the process itself there is no such thing.
   */
  expectEnd?(): Promise<string>
}

/** Another server than auth, of this repository. */
export interface ServiceOptions {
  readonly name: string
  /** What Node runs, an absolute path. It listens on HOST and PORT. */
  readonly program: string
  /** Answers 200 when it is ready to work. */
  readonly healthPath: string
  /** Its environment. */
  readonly settings: Readonly<Record<string, string>>
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
  /** What must never be told: all of it that the instances get by their environment, by what to call it. */
  readonly secrets: Readonly<Record<string, string>>
  /** The log of each server that was started, over all its restarts, by its name; none of those whose log goes nowhere. */
  readonly logFiles: ReadonlyMap<string, string>
  /** All instances that were started, in order. */
  readonly instances: readonly AuthInstance[]
  startInstance(options?: InstanceOptions): Promise<AuthInstance>
  /** Starts another server, with the same care; it is not among the `instances`. */
  startService(options: ServiceOptions): Promise<AuthInstance>
  /** Starts a Prometheus that watches servers of the lab. @throws an error that tells what to install when there is none */
  startPrometheus(options: PrometheusOptions): Promise<Prometheus>
  /** Versions for the journal: node, postgres, redis, docker. */
  about(): Promise<Record<string, string>>
}
