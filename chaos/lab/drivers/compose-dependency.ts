import type { DependencyName, DependencyServer } from '../lab.ts'
import type { Greeting } from '../past-the-app.ts'
import { type Container, containerOf } from './compose-containers.ts'
import { answers } from './compose-greeting.ts'
import { type ComposeService, composeService } from './compose-service.ts'

/** A dependency's container. It has no address outside of the deployment. */
export interface DeployedServer extends Omit<DependencyServer, 'url'> {
  readonly service: string
  /** How it meets who greets it, seen from inside of its container; `silent` when it has not answered in this time. */
  greet(patienceMs: number): Promise<Greeting>
}

export interface DeployedDependency {
  readonly name: DependencyName
  readonly server: DeployedServer
  /** Between containers there is nothing of ours that could be slow or broken. */
  readonly network: undefined
}

const GREETING_MS = 5_000
/** What it takes to get into the container is not the server's. */
const WAY_IN_MS = 2_000

/**
 * Takes a service for the Postgres or the Redis of a deployment.
 *
 * @throws an error whose message is fit for the terminal, unless it runs and answers
 */
export async function openDependency(
  project: string,
  name: DependencyName,
  service: string,
): Promise<{ service: ComposeService; dependency: DeployedDependency }> {
  const server = composeService({ project, service, isUp: (container) => answers(name, container, GREETING_MS) })
  if (!(await answers(name, await mustRun(project, service), GREETING_MS))) {
    throw new Error(`${service} runs, but does not answer as a ${name} does`)
  }
  async function meet(patienceMs: number): Promise<Greeting['outcome']> {
    const container = await server.look()
    if (container.state === 'paused') return 'silent'
    if (container.state !== 'running') return 'refused'
    return (await answers(name, container, patienceMs + WAY_IN_MS)) ? 'answered' : 'silent'
  }
  async function greet(patienceMs: number): Promise<Greeting> {
    const begin = performance.now()
    return { outcome: await meet(patienceMs), ms: performance.now() - begin }
  }
  const dependency: DeployedDependency = { name, server: { ...server, greet }, network: undefined }
  return { service: server, dependency }
}

/** The container of a service that runs. Throws for any other: what is down already can't be broken. */
export async function mustRun(project: string, service: string): Promise<Container> {
  const container = await containerOf(project, service)
  if (container.state === 'running') return container
  const remedy = container.state === 'paused' ? 'unpause' : 'up --detach'
  throw new Error(
    `${service} is ${container.state}: it must run before it is broken (docker compose ${remedy} ${service})`,
  )
}
