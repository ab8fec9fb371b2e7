import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { RunClock } from '../history/clock.ts'
import { OPERATIONS, type Operation } from '../history/events.ts'
import { History } from '../history/history.ts'
import type { Lab } from '../lab/lab.ts'
import { openLab } from '../lab/open-lab.ts'
import type { Orders } from '../runner/orders.ts'
import { pause } from '../runner/pause.ts'
import { openRunFolder } from '../runner/run-folder.ts'
import { Balancer } from '../workload/balancer.ts'
import { Client } from '../workload/client.ts'
import { type Mix, OpenLoop } from '../workload/open-loop.ts'
import { Population } from '../workload/population.ts'
import { Notes } from './notes.ts'
import type { ScenarioOptions } from './scenario.ts'
import { Stage } from './stage.ts'

const MUTATION_LOADER = join(import.meta.dirname, '../mutations/load.ts')

/** Everything that a scenario plays with; it goes when it is disposed of. */
export interface Scene extends AsyncDisposable {
  readonly lab: Lab
  readonly history: History
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
  const { mutation } = orders
  const resultsFolder = join(run.path, name)
  mkdirSync(resultsFolder, { recursive: true })
  const lab = opening.use(
    await openLab({
      driver: orders.driver as 'docker' | 'local',
      settings: { ...options.settings, ...(mutation !== undefined && { CHAOS_MUTATION: mutation }) },
      imports: mutation === undefined ? [] : [MUTATION_LOADER],
      resultsFolder,
      onEvent: (happening) => history.record(happening),
      say: (text) => t.comment(text),
    }),
  )
  const { instances = 1, load: mix } = options
  for (let i = 1; i <= instances; i += 1) await lab.startInstance({ name: `auth-${i}` })
  const balancer = opening.use(new Balancer(lab.instances))
  const client = opening.use(new Client({ history, to: balancer, adminKey: lab.adminKey }))
  const population = new Population(() => clock.now())
  const load = opening.use(new OpenLoop({ client, population, mix }))
  const notes = new Notes(t, history)
  const stage = new Stage({
    ...{ lab, history, client, population, load, balancer, notes },
    operations: operationsOf(mix),
    async pause(what) {
      if (!orders.pauseAfterFault) return
      // As an assertion: tap keeps a comment back until the next one.
      await pause(orders.runFolder, () => t.pass(`${what}: press Enter to go on`))
    },
  })
  const stack = opening.move()
  return {
    ...{ lab, history, client, population, load, notes, stage },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** The operations that a load consists of, and that are steady when they go well. */
function operationsOf(load: Mix): Operation[] {
  return OPERATIONS.filter((one) => one !== 'guess' && (load[one as keyof Mix] ?? 0) > 0)
}
