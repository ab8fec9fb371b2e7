import type { History } from '../history/history.ts'
import { Balancer } from '../workload/balancer.ts'
import { Client } from '../workload/client.ts'
import { OpenLoop } from '../workload/open-loop.ts'
import { populate, type Crowd as Size } from '../workload/populate.ts'
import { Population } from '../workload/population.ts'
import { steadyLoad } from '../workload/steady.ts'
import { STEADINESS } from './aftermath.ts'
import type { Arena } from './arena.ts'
import { STEADY } from './make-load.ts'
import type { LoadStep } from './plan.ts'
import type { Timeline } from './timeline.ts'
import { enlist, type Veterans } from './veterans.ts'

const SIZE: Size = { accounts: 10, sessionsEach: 2, victims: 4 }
const STEADY_WITHIN_MS = 20_000

/** The clients of an episode, behind a balancer. */
export class Crowd implements AsyncDisposable {
  readonly client: Client
  readonly population: Population
  readonly #balancer: Balancer
  readonly #history: History
  /** At an even pace, so that a pause of a client is not taken for one of the server. */
  readonly #steady: OpenLoop
  readonly #wild: OpenLoop

  /** @param seed of the gaps between clients, and of the choice among them */
  constructor({ lab, logs }: Arena, history: History, seed: number) {
    this.#history = history
    this.#balancer = new Balancer(lab.instances)
    this.client = new Client({ history, to: this.#balancer, adminKey: lab.adminKey, secrets: logs.secrets })
    this.population = new Population(() => history.now(), seed)
    this.#steady = new OpenLoop({ client: this.client, population: this.population, mix: STEADY })
    this.#wild = new OpenLoop({ client: this.client, population: this.population, mix: {}, seed })
  }

  /** They register and log in, the veterans join them, and all goes well. */
  async come(veterans: Veterans): Promise<void> {
    await populate(this, SIZE)
    enlist(veterans, this.population)
    this.beSteady()
    await steadyLoad(this.#history, STEADINESS, { withinMs: STEADY_WITHIN_MS })
  }

  /** They do what the plan says when it says so, until the end of the episode or an earlier one. */
  async beWild(steps: readonly LoadStep[], untilMs: number, timeline: Timeline): Promise<void> {
    this.#steady.start({})
    for (const { at, mix } of steps) {
      await timeline.until(at)
      if (timeline.signal.aborted) return
      this.#wild.start(mix)
    }
    await timeline.until(untilMs)
  }

  /** From now on they do nothing but what must go well. */
  beSteady(): void {
    this.#wild.start({})
    this.#steady.start()
  }

  /** They do nothing any more; resolves when all have their answers. */
  async rest(): Promise<void> {
    await Promise.all([this.#wild.stop(), this.#steady.stop()])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await using stack = new AsyncDisposableStack()
    stack.use(this.#balancer)
    stack.use(this.client)
    stack.use(this.#wild)
    stack.use(this.#steady)
  }
}
