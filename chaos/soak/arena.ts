import { join } from 'node:path'
import type { Happening } from '../history/events.ts'
import type { Lab } from '../lab/lab.ts'
import { openLab } from '../lab/open-lab.ts'
import { LogSearch } from '../secrets/log-search.ts'
import { INSTANCES } from './plan.ts'
import { SOAK_SETTINGS } from './settings.ts'

const MUTATION_LOADER = join(import.meta.dirname, '../mutations/load.ts')

/** Where episodes are played: a lab with all instances running. */
export interface Arena extends AsyncDisposable {
  readonly lab: Lab
  /** Searches the logs of the lab for the secrets of all clients. */
  readonly logs: LogSearch
  /** Who is told from now on what happens in the lab. */
  tell(listener: (happening: Happening) => void): void
}

export interface ArenaOptions {
  readonly driver: 'docker' | 'local'
  /** A mistake to build into the server. */
  readonly mutation: string | undefined
  /** Where the logs of the instances go. */
  readonly logFolder: string
  readonly say: (text: string) => void
}

/** Opens a lab and starts the instances, each with a network link of its own. */
export async function openArena({ driver, mutation, logFolder, say }: ArenaOptions): Promise<Arena> {
  /** What happens while nobody listens, for the first who does. */
  const early: Happening[] = []
  let listener = (happening: Happening): void => void early.push(happening)
  await using opening = new AsyncDisposableStack()
  const lab = opening.use(
    await openLab({
      driver,
      settings: { ...SOAK_SETTINGS, ...(mutation !== undefined && { CHAOS_MUTATION: mutation }) },
      imports: mutation === undefined ? [] : [MUTATION_LOADER],
      resultsFolder: logFolder,
      onEvent: (happening) => listener(happening),
      say,
    }),
  )
  for (const name of INSTANCES) await lab.startInstance({ name })
  const stack = opening.move()
  return {
    lab,
    logs: new LogSearch(lab),
    tell(next) {
      listener = next
      for (const happening of early.splice(0)) next(happening)
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
