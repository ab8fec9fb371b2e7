import { lastWill } from '../../../local/last-will.ts'
import type { BreakerEvent, ProcessEvent } from '../../history/events.ts'
import { disposeOnSignal } from '../end-signals.ts'
import type { AuthInstance, Lab } from '../lab.ts'
import { composeInstance, INSTANCE_NAME, remoteInstance } from './compose-auth.ts'
import { watchBreakers } from './compose-breakers.ts'
import { type DeployedDependency, mustRun, openDependency } from './compose-dependency.ts'
import { type ComposeProject, findProject } from './compose-project.ts'
import { output } from './compose-run.ts'
import { type ComposeService, composeService } from './compose-service.ts'
import { existing, pickService } from './compose-services.ts'
import { checkTarget, isLive } from './compose-target.ts'

/** A deployment that the harness did not start. */
export interface DeploymentTarget {
  /** Where its auth server is. */
  readonly url: string
  /** Its dependencies are services of it. */
  readonly composeFile: string
  readonly project?: string
  readonly postgresService?: string
  readonly redisService?: string
  /** The auth server, if it is to be stopped and started as well. */
  readonly authService?: string
}

export interface DeploymentOptions {
  /** Of the admin routes, for scenarios that revoke keys. */
  readonly adminKey?: string | undefined
  /** Told what happens, for the history. */
  readonly onEvent?: (happening: ProcessEvent | BreakerEvent) => void
}

/** What a lab is, as far as a deployment can be one: a server of ours, but neither a network nor further instances. */
export interface Deployment extends AsyncDisposable, Pick<Lab, 'instances' | 'about'> {
  readonly driver: 'deployment'
  readonly postgres: DeployedDependency
  readonly redis: DeployedDependency
  readonly adminKey: string | undefined
}

const RESTORER = `${import.meta.dirname}/compose-restore.ts`

/**
 * Takes a running deployment for a lab. Everything must be up; everything is up again when it is disposed of, when this
 * process is asked to end, and when it is killed.
 *
 * @throws an error whose message is fit for the terminal
 */
export async function openDeployment(target: DeploymentTarget, options: DeploymentOptions = {}): Promise<Deployment> {
  const { adminKey, onEvent = () => {} } = options
  const { url, version } = await checkTarget(target.url)
  const project = await findProject(target.composeFile, target.project)
  const { name, containers } = project
  const [db, cache] = [
    pickService('postgres', containers, target.postgresService),
    pickService('redis', containers, target.redisService),
  ]
  if (db === cache) throw new Error(`${db} can not be both Postgres and Redis`)
  const postgres = await openDependency(name, 'postgres', db)
  const redis = await openDependency(name, 'redis', cache)
  const services = [postgres.service, redis.service]
  let instance: AuthInstance = remoteInstance(url)
  if (target.authService !== undefined) {
    const service = existing(containers, target.authService)
    const { pid } = await mustRun(name, service)
    const server = composeService({
      project: name,
      service,
      isUp: async ({ state }) => state === 'running' && isLive(url),
    })
    services.push(server)
    instance = composeInstance(url, server, pid, onEvent)
  }

  const takeBack = lastWill(RESTORER, name, ...services.map(({ service }) => service))
  const watch = watchBreakers({ url, instance: INSTANCE_NAME, onEvent })
  let end: Promise<void> | undefined
  const deployment: Deployment = {
    driver: 'deployment',
    postgres: postgres.dependency,
    redis: redis.dependency,
    adminKey,
    instances: [instance],
    about: () => about(project, version),
    [Symbol.asyncDispose]() {
      end ??= restore(watch, services).then(takeBack).finally(forgetSignals)
      return end
    },
  }
  const forgetSignals = disposeOnSignal(deployment)
  return deployment
}

/** All of them, also when one fails. */
async function restore(watch: AsyncDisposable, services: readonly ComposeService[]): Promise<void> {
  await watch[Symbol.asyncDispose]()
  const results = await Promise.allSettled(services.map((service) => service.restore()))
  const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []))
  if (errors.length > 0) throw new AggregateError(errors, errors.map(({ message }) => message).join('; '))
}

async function about({ name, containers }: ComposeProject, version: string): Promise<Record<string, string>> {
  const images = containers.map(({ service, image }) => [`image of ${service}`, image])
  const engine = await output(['docker', 'version', '--format', '{{.Server.Version}}'])
  const compose = containers[0]?.compose ?? 'unknown'
  return { tokenforge: version, project: name, docker: engine.trim(), compose, ...Object.fromEntries(images) }
}
