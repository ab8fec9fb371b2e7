import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { RunClock } from '../history/clock.ts'
import { type Happening, OPERATIONS, type Operation } from '../history/events.ts'
import { History } from '../history/history.ts'
import { openDeployment } from '../lab/drivers/deployment.ts'
import type { Lab } from '../lab/lab.ts'
import { openLab } from '../lab/open-lab.ts'
import type { Orders } from '../runner/orders.ts'
import { pause } from '../runner/pause.ts'
import { openRunFolder } from '../runner/run-folder.ts'
import { LogSearch } from '../secrets/log-search.ts'
import { Balancer } from '../workload/balancer.ts'
import { Client } from '../workload/client.ts'
import { type Mix, OpenLoop } from '../workload/open-loop.ts'
import { Population } from '../workload/population.ts'
import { deployedLab } from './deployed-lab.ts'
import { Notes } from './notes.ts'
import type { ScenarioOptions } from './scenario.ts'
import { BRISK_BACK_MS, DEFAULT_BACK_MS } from './settings.ts'
import { Stage } from './stage.ts'

/** In a row, of what comes often. */
const TIMES = 3
const MUTATION_LOADER = join(import.meta.dirname, '../mutations/load.ts')

/** Everything that a scenario plays with; it goes when it is disposed of. */
export interface Scene extends AsyncDisposable {
  readonly lab: Lab
  readonly history: History
  /** Searches the logs of the lab for the secrets of its clients. */
  readonly logs: LogSearch
  readonly client: Client
  readonly population: Population
  readonly load: OpenLoop
  readonly notes: Notes
  readonly stage: Stage
}

/** Opens the lab, starts the instances, and puts clients in front of them. */
export async function setScene(t: Test, name: string, options: ScenarioOptions, orders: Orders): Promise<Scene> {
  await using opening = new AsyncDisposableStack()
  const run = openRunFolder(orders.runFolder)
  const clock = new RunClock(orders.origin)
  const history = opening.use(new History({ scenario: name, file: run.historyFile, clock }))
  const lab = opening.use(await openPlace(t, join(run.path, name), options, orders, history))
  const balancer = opening.use(new Balancer(lab.instances))
  const logs = new LogSearch(lab)
  const client = opening.use(new Client({ history, to: balancer, adminKey: lab.adminKey, secrets: logs.secrets }))
  const population = new Population(() => clock.now())
  const { load: mix, settings = {} } = options
  const load = opening.use(new OpenLoop({ client, population, mix }))
  const notes = new Notes(t, history)
  const stage = new Stage({
    ...{ lab, history, client, population, load, balancer, notes },
    steadiness: steadiness(mix),
    backMs: orders.target === undefined && 'BREAKER_HALF_OPEN_AFTER' in settings ? BRISK_BACK_MS : DEFAULT_BACK_MS,
    async pause(what) {
      if (!orders.pauseAfterFault) return
      // As an assertion: tap keeps a comment back until the next one.
      await pause(orders.runFolder, () => t.pass(`${what}: press Enter to go on`))
    },
  })
  const stack = opening.move()
  return {
    ...{ lab, history, logs, client, population, load, notes, stage },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** A lab with its instances, or the deployment that was named. */
async function openPlace(
  t: Test,
  resultsFolder: string,
  { settings, instances = 1 }: ScenarioOptions,
  { driver, target, mutation }: Orders,
  history: History,
): Promise<Lab> {
  const onEvent = (happening: Happening) => void history.record(happening)
  if (target !== undefined) {
    return deployedLab(await openDeployment(target, { adminKey: process.env.ADMIN_API_KEY, onEvent }))
  }
  mkdirSync(resultsFolder, { recursive: true })
  const lab = await openLab({
    driver: driver as 'docker' | 'local',
    settings: { ...settings, ...(mutation !== undefined && { CHAOS_MUTATION: mutation }) },
    imports: mutation === undefined ? [] : [MUTATION_LOADER],
    resultsFolder,
    onEvent,
    say: (text) => t.comment(text),
  })
  await using opening = new AsyncDisposableStack()
  opening.use(lab)
  for (let i = 1; i <= instances; i += 1) await lab.startInstance({ name: `auth-${i}` })
  opening.move()
  return lab
}

/** Operations per second: what comes less often is steady when it goes well once, and below the other nobody waits for it. */
const OFTEN = 2
const RARE = 0.5

/** The operations that a load consists of, and how often in a row each goes well when all is steady. */
function steadiness(load: Mix): Map<Operation, number> {
  const rated = OPERATIONS.map((one) => [one, load[one as keyof Mix] ?? 0] as const)
  const awaited = rated.filter(([one, rate]) => one !== 'guess' && rate >= RARE)
  return new Map(awaited.map(([one, rate]) => [one, rate >= OFTEN ? TIMES : 1]))
}
