import { output } from './compose-run.ts'

/** A container of a compose project, as the engine sees it now. */
export interface Container {
  readonly id: string
  readonly project: string
  readonly service: string
  /** The compose files that it was made from, and the folder of the project, as the Compose that made it wrote them. */
  readonly files: readonly string[]
  readonly folder: string
  /** Version of that Compose. */
  readonly compose: string
  /** As the compose file names it. */
  readonly image: string
  readonly state: 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead'
  /** Of the first process, while there is one. */
  readonly pid: number | undefined
  readonly exitCode: number
  /** What its health check says; `undefined` without one. */
  readonly health: 'starting' | 'healthy' | 'unhealthy' | undefined
}

const LABEL = 'com.docker.compose'

/** The part of what `docker inspect` tells that is used here. */
interface Inspected {
  Id: string
  Config: { Image: string; Labels: Record<string, string> | null }
  State: { Status: Container['state']; Pid: number; ExitCode: number; Health?: { Status: string } | null }
}

/** What `docker inspect` wrote about containers. Those that no compose file made are left out. */
export function readContainers(json: string): Container[] {
  return (JSON.parse(json) as Inspected[]).flatMap(({ Id: id, Config, State }) => {
    const label = (name: string) => Config.Labels?.[`${LABEL}.${name}`]
    const [project, service] = [label('project'), label('service')]
    if (project === undefined || service === undefined || label('oneoff') === 'True') return []
    const health = State.Health?.Status
    return {
      id,
      project,
      service,
      files: (label('project.config_files') ?? '').split(',').filter(Boolean),
      folder: label('project.working_dir') ?? '',
      compose: label('version') ?? 'unknown',
      image: Config.Image,
      state: State.Status,
      pid: State.Pid === 0 ? undefined : State.Pid,
      exitCode: State.ExitCode,
      health: health === 'none' ? undefined : (health as Container['health']),
    }
  })
}

/** All containers that a Compose made and that have these of its labels: `service=db`. */
export async function findContainers(...labels: readonly string[]): Promise<Container[]> {
  const filters = ['oneoff=False', ...labels].flatMap((each) => ['--filter', `label=${LABEL}.${each}`])
  const ids = (await output(['docker', 'ps', '--all', '--quiet', '--no-trunc', ...filters])).split('\n').filter(Boolean)
  return ids.length === 0 ? [] : readContainers(await output(['docker', 'inspect', '--type', 'container', ...ids]))
}

/**
 * The container of a service, looked for by its labels each time: it may have been made anew, and nothing that is not of
 * this project can be meant.
 */
export async function containerOf(project: string, service: string): Promise<Container> {
  const [container, ...others] = await findContainers(`project=${project}`, `service=${service}`)
  if (container === undefined) throw new Error(`${service}: there is no container of it any more`)
  if (others.length > 0) throw new Error(`${service} has ${1 + others.length} containers, the harness needs one`)
  return container
}
