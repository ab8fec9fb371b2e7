import { join } from 'node:path'
import { isLive, untilIt } from '../lab/health.ts'
import type { AuthInstance } from '../lab/lab.ts'
import { type Network, openNetwork } from '../net/network.ts'
import type { Result } from '../workload/client.ts'
import { type Mix, OpenLoop } from '../workload/open-loop.ts'
import type { Account, Session } from '../workload/population.ts'
import { Fleet } from '../workload/sockets/fleet.ts'
import { backendLogin, backendMe } from '../workload/sockets/requests.ts'
import type { AccessToken, Grant } from '../workload/tokens.ts'
import type { Stage } from './stage.ts'

const PROGRAM = join(import.meta.dirname, '../backend/server.ts')
export const BACKEND = 'backend'
/** Of its breaker to the auth server, in these scenarios. */
export const BACKEND_HALF_OPEN_MS = 2000

export interface BackendOptions {
  /** What its clients do, operations per second. */
  readonly load: Mix
  /** Clients refresh when less than this is left of their access token, in milliseconds. */
  readonly freshMs: number
}

interface Health {
  readonly following: string
}

/** What a process holds. */
export interface ProcessHealth {
  /** What Node has open, without the connections of clients: those to the auth server, say. */
  readonly handles: number
  /** In use of the heap, and outside of it. */
  readonly bytes: number
}

/** The Backend on a stage, and its clients. It ends, in good order, when it is disposed of. */
export interface Backend extends AsyncDisposable {
  readonly service: AuthInstance
  readonly fleet: Fleet
  readonly load: OpenLoop
  /** Who the Backend says that the token is of. */
  me(access: AccessToken, session?: Session): Promise<Result<undefined>>
  /** A login by way of the Backend; the session joins the population. */
  login(account: Account): Promise<Result<Grant>>
  /** Waits until it hears of revocations as they happen; milliseconds. @throws Error when that takes longer */
  hears(withinMs: number): Promise<number>
  /** How the process is, by its `/metrics`; noted in the history. */
  health(): Promise<ProcessHealth>
}

interface StartOptions {
  /** Where it asks the API of auth; by default the first auth instance. */
  readonly apiUrl?: string
  /** Answers 200 when it has started. By default that takes the keys of auth. */
  readonly healthPath?: string
}

/** Starts the server of the Backend, whose verifier follows the first auth instance. */
export function startBackend({ lab, auth }: Stage, { apiUrl, healthPath }: StartOptions = {}): Promise<AuthInstance> {
  return lab.startService({
    name: BACKEND,
    program: PROGRAM,
    healthPath: healthPath ?? '/health',
    settings: {
      AUTH_URL: apiUrl ?? auth.url,
      JWKS_URI: `${auth.url}/.well-known/jwks.json`,
      REVOCATIONS_URI: `${auth.url}/auth/revocations`,
      AUTH_HALF_OPEN_AFTER_MS: String(BACKEND_HALF_OPEN_MS),
      HEARTBEAT_MS: '1000',
    },
  })
}

/** Waits until a Backend has the keys of auth; milliseconds. @throws Error when that takes longer */
export async function hasKeys({ url, pid }: AuthInstance, withinMs: number): Promise<number> {
  const begin = performance.now()
  const ended = () => (pid === undefined ? 'see its log' : undefined)
  await untilIt(() => isLive(url, '/health'), { timeoutMs: withinMs, ended })
  return Math.round(performance.now() - begin)
}

/** Starts the Backend, a process of its own, next to the first auth instance of a lab. */
export async function openBackend(stage: Stage, { load: mix, freshMs }: BackendOptions): Promise<Backend> {
  const { history, client, population, auth } = stage
  await using opening = new AsyncDisposableStack()
  // Its API calls come by a link that counts them; what the verifier asks goes there directly.
  const network: Network = openNetwork(auth.url, {
    onTraffic: (instance, kind) => void history.record({ type: 'traffic', instance, dependency: 'auth', kind }),
  })
  opening.defer(() => network.close())
  const link = await network.link(BACKEND)
  const service = await startBackend(stage, { apiUrl: link.url })
  opening.defer(async () => void (await service.stop()))
  const fleet = opening.use(new Fleet({ client, population, to: service, freshMs }))
  const load = opening.use(new OpenLoop({ client, population, mix, backend: { to: service, fleet } }))
  const stack = opening.move()
  return {
    ...{ service, fleet, load },
    me: (access, session) =>
      client.ask(backendMe(access, session ? { user: session.account.email, session: session.id } : {}), {
        to: service,
      }),
    async login(account) {
      account.logins += 1
      const result = await client.ask(backendLogin(account), { to: service })
      if (result.value !== undefined) population.add(account, result.value)
      return result
    },
    async hears(withinMs) {
      const begin = performance.now()
      const following = async () => ((await (await fetch(`${service.url}/health`)).json()) as Health).following
      const ended = () => (service.pid === undefined ? 'see its log' : undefined)
      await untilIt(async () => (await following()) === 'stream', { timeoutMs: withinMs, ended })
      return Math.round(performance.now() - begin)
    },
    async health() {
      const text = await (await fetch(`${service.url}/metrics`)).text()
      const number = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
      const handles = number('nodejs_active_handles_total') - number('backend_connections')
      const bytes = number('nodejs_heap_size_used_bytes') + number('nodejs_external_memory_bytes')
      history.record({ type: 'sample', source: BACKEND, values: { handles, bytes } })
      return { handles, bytes }
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
