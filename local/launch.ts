import { join, relative } from 'node:path'
import type { LocalServer } from './child-server.ts'
import { type DevFolder, openDevFolder } from './dev-folder.ts'
import { lockFolder } from './folder-lock.ts'
import { isPortFree, onFreePort } from './ports.ts'
import { startPostgres } from './postgres.ts'
import { provideRedis } from './provide-redis.ts'
import { endRecorded } from './records.ts'
import { developmentSecrets, type Secrets } from './secrets.ts'
import { type ServerProcess, startServer } from './server-process.ts'
import { addressOf, serverEnvironment } from './settings.ts'
import type { Steps } from './steps.ts'

const POSTGRES_PORT = 15_432
const REDIS_PORT = 16_379
const READY_TIMEOUT = 60_000

/** What the launcher has started. */
export interface Launched {
  server: ServerProcess
  folder: DevFolder
  url: string
  adminKey: string
}

/** What a launch needs from the process it runs in. */
export interface LaunchContext {
  root: string
  /** The folder for data and secrets. */
  folder: string
  env: NodeJS.ProcessEnv
  steps: Steps
  /** Takes what undoes each step, in reverse order. */
  cleanUp: AsyncDisposableStack
  /** Called between the steps; throws when the user wants the launch to end. */
  goOn(): void
  /** Resolves when the user wants it to end. */
  asked: Promise<unknown>
}

/**
 * Starts Redis, Postgres and the server, one progress line each, and resolves when the server is ready.
 *
 * @throws an error whose message is fit for the terminal; what was started until then is on the clean-up stack
 */
export async function launch(context: LaunchContext): Promise<Launched> {
  const { env, cleanUp, goOn } = context
  const address = addressOf(env)
  const folder = openDevFolder(context.folder)
  await takeFolder(context, folder)
  if (!(await isPortFree(address.port, address.host))) {
    const hint = `end what listens there, or choose another: PORT=${address.port + 1} npm run dev`
    throw new Error(`port ${address.port} of ${address.host} is in use: ${hint}`)
  }

  const { secrets, made } = developmentSecrets(folder.secretsFile)
  const shown = relative(process.cwd(), folder.path) || '.'
  context.steps.line('secrets', `${made ? 'made, kept' : 'kept'} with the data in ${shown}`)

  const redisUrl = await orFromEnvironment(context, 'REDIS_URL', 'Redis', (say) =>
    provideRedis({ dir: folder.redisDir, password: secrets.REDIS_PASSWORD, preferredPort: REDIS_PORT, say }),
  )
  goOn()
  const databaseUrl = await orFromEnvironment(context, 'DATABASE_URL', 'Postgres', () => newPostgres(folder, secrets))
  goOn()

  const environment = serverEnvironment(env, {
    address,
    secrets,
    databaseUrl,
    redisUrl,
    auditSpillDir: folder.auditSpill,
  })
  const server = await context.steps.step('server', async () => {
    const started = await startServer({
      root: context.root,
      env: environment,
      record: folder.serverRecord,
      logFile: folder.serverLog,
      url: address.url,
    })
    cleanUp.defer(() => started.stop())
    await started.ready(READY_TIMEOUT, goOn)
    return { result: started, text: 'migrated and ready' }
  })
  return { server, folder, url: address.url, adminKey: environment.ADMIN_API_KEY ?? '' }
}

async function takeFolder({ steps, cleanUp, asked }: LaunchContext, folder: DevFolder): Promise<void> {
  const lock = await lockFolder(folder.path)
  if ('heldBy' in lock) {
    throw new Error(`a development server is already running here (process ${lock.heldBy}): end it first, or use it`)
  }
  cleanUp.defer(lock.release)
  void asked.then(lock.ending)
  const left: string[] = []
  // The server first, so that it sees no database go. Postgres and Redis end themselves in good order as well.
  for (const [name, record, how] of [
    ['server', folder.serverRecord, 'SIGTERM'],
    ['Postgres', join(folder.postgresDir, 'postgres.pid.json'), 'SIGINT'],
    ['Redis', join(folder.redisDir, 'redis.pid.json'), 'SIGTERM'],
  ] as const) {
    if ((await endRecorded(record, how)) !== undefined) left.push(name)
  }
  if (left.length > 0) steps.line('clean-up', `ended what an earlier start left running: ${left.join(', ')}`)
}

async function newPostgres(folder: DevFolder, secrets: Secrets): Promise<{ result: LocalServer; text: string }> {
  const result = await onFreePort(
    (port) =>
      startPostgres({ dir: folder.postgresDir, port, password: secrets.POSTGRES_PASSWORD, within: folder.path }),
    POSTGRES_PORT,
  )
  return { result, text: `on 127.0.0.1:${result.port}` }
}

// The URL of a server of one's own, else that of one which is started and ends with us.
async function orFromEnvironment(
  { env, steps, cleanUp }: LaunchContext,
  variable: 'REDIS_URL' | 'DATABASE_URL',
  name: string,
  start: (say: (text: string) => void) => Promise<{ result: LocalServer; text: string }>,
): Promise<string> {
  const given = env[variable]
  if (given) {
    steps.line(name, `not started: ${variable} is set`)
    return given
  }
  const server = await steps.step(name, start)
  cleanUp.defer(() => server.stop())
  return server.url
}
