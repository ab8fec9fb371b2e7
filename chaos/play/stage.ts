import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from '../faults.ts'
import type { Operation } from '../history/events.ts'
import type { History } from '../history/history.ts'
import type { AuthInstance, Dependency, DependencyName, Lab } from '../lab/lab.ts'
import type { Balancer } from '../workload/balancer.ts'
import type { Client, Result } from '../workload/client.ts'
import type { OpenLoop } from '../workload/open-loop.ts'
import type { Population, Session } from '../workload/population.ts'
import { steady, steadyLoad } from '../workload/steady.ts'
import { Breakers } from './breakers.ts'
import type { Notes } from './notes.ts'

/** A breaker opens within its window, at the latest, when everything fails. */
const OPENING_MS = 15_000
const PROOF_MS = 10_000
const PROOF_PAUSE_MS = 20
const LOAD_STEADY_MS = 20_000
const HOLD_AT_MOST_MS = 60_000
const HOLD_PAUSE_MS = 20

export interface StageOptions {
  readonly lab: Lab
  readonly history: History
  readonly client: Client
  readonly population: Population
  readonly load: OpenLoop
  readonly balancer: Balancer
  readonly notes: Notes
  /** Of the load: how often in a row each operation goes well when all is steady. */
  readonly steadiness: ReadonlyMap<Operation, number>
  /** How long after its heal a dependency may take to be back, in milliseconds. */
  readonly backMs: number
  /** Waits for somebody at the terminal; called while a fault holds. */
  readonly pause: (what: string) => Promise<void>
}

/** What a scenario has to play with, and the verbs that it is written in. */
export class Stage {
  readonly lab: Lab
  readonly history: History
  readonly client: Client
  readonly population: Population
  readonly load: OpenLoop
  readonly balancer: Balancer
  readonly notes: Notes
  readonly breakers: Breakers
  readonly #options: StageOptions
  readonly #struck = new Map<Fault, string>()
  #faults = 0

  constructor(options: StageOptions) {
    this.#options = options
    this.lab = options.lab
    this.history = options.history
    this.client = options.client
    this.population = options.population
    this.load = options.load
    this.balancer = options.balancer
    this.notes = options.notes
    this.breakers = new Breakers(options.history)
  }

  /** How long after its heal a dependency may take to be back, in milliseconds. */
  get backMs(): number {
    return this.#options.backMs
  }

  get postgres(): Dependency {
    return this.lab.postgres
  }

  get redis(): Dependency {
    return this.lab.redis
  }

  /** The first instance, the only one in most scenarios. */
  get auth(): AuthInstance {
    const [first] = this.lab.instances
    if (first === undefined) throw new Error('there is no instance')
    return first
  }

  /** Somebody who is logged in. */
  get session(): Session {
    const session = this.population.pick()
    if (session === undefined) throw new Error('nobody is logged in')
    return session
  }

  phase(name: string): void {
    this.notes.phase(name)
  }

  expect(ok: boolean, text: string, detail?: string): void {
    this.notes.expect(ok, text, detail)
  }

  /** Asserts how an operation ended: `200`, or `503 dependency_unavailable postgres`. */
  expectAnswer(result: Result<unknown>, expected: string, text: string): void {
    const { status, error, code, dependency, ms } = result
    const words = [status ?? error, code, dependency].filter((word) => word !== undefined).join(' ')
    this.expect(words === expected, text, `${words}, ${ms.toFixed(1)} ms`)
  }

  /** Makes a fault happen, and sees that it holds, past the app. It is healed at the end, whatever comes. */
  async strike(fault: Fault): Promise<void> {
    this.#faults += 1
    const id = `${this.#faults}`
    const tell = (stage: 'strike' | 'struck') =>
      this.history.record({ type: 'fault', fault: id, name: fault.name, target: fault.target, stage })
    this.#struck.set(fault, id)
    this.phase(`${fault.target} ${fault.name}`)
    tell('strike')
    await fault.strike()
    await until(fault.proof.bind(fault), `${fault.target} is not ${fault.name}`)
    tell('struck')
    await this.#options.pause(`${fault.target} is ${fault.name}`)
  }

  /** Ends a fault, and sees that it is gone; nothing when it does not hold. */
  async heal(fault: Fault): Promise<void> {
    const id = this.#struck.get(fault)
    if (id === undefined) return
    const tell = (stage: 'heal' | 'healed') =>
      this.history.record({ type: 'fault', fault: id, name: fault.name, target: fault.target, stage })
    this.phase(`${fault.target} healed of ${fault.name}`)
    tell('heal')
    await fault.heal()
    await until(async () => !(await fault.proof()), `${fault.target} is still ${fault.name}`)
    tell('healed')
    this.#struck.delete(fault)
  }

  /** Ends every fault that still holds, the latest first. All are tried; what failed is thrown at the end. */
  async healAll(): Promise<void> {
    const failures: unknown[] = []
    for (const fault of [...this.#struck.keys()].reverse()) await this.heal(fault).catch((e) => failures.push(e))
    if (failures.length > 0) throw new AggregateError(failures, 'a fault could not be healed')
  }

  /** Waits for the breaker of an instance to open. */
  async opens(dependency: DependencyName, instance = this.auth.name): Promise<void> {
    const ms = await this.breakers.reach(instance, dependency, 'open', OPENING_MS)
    this.expect(true, `the ${dependency} breaker opens`, `${ms} ms`)
  }

  /**
   * Makes calls slow, where the network is ours: the single trial of a breaker can then be told from the calls that follow.
   *
   * @param ms each way; 0 ends it
   */
  slow(dependency: Dependency, ms: number): void {
    if (this.lab.driver !== 'deployment') dependency.network.delay(ms)
  }

  /** Waits for the breaker of an instance to close, soon enough after the heal. */
  async closes(dependency: DependencyName, instance = this.auth.name): Promise<void> {
    const ms = await this.breakers.reach(instance, dependency, 'closed', this.backMs * 2)
    this.notes.recovered(`the ${dependency} breaker closes`, ms, this.backMs)
  }

  /** Lets things go on until so many operations more have ended, checking nothing but that they end. */
  async hold(operations: number): Promise<void> {
    let ended = 0
    const stop = this.history.subscribe(({ type }) => {
      if (type === 'ok' || type === 'fail' || type === 'info') ended += 1
    })
    try {
      await until(async () => ended >= operations, `${operations} operations did not end`, HOLD_AT_MOST_MS)
    } finally {
      stop()
    }
  }

  /** Waits until an operation works again, and asserts that this took no longer than its bound, in milliseconds. */
  async back(name: string, ask: () => Promise<Result<unknown>>, boundMs: number): Promise<void> {
    const ms = await steady(ask, { withinMs: boundMs * 2, times: 1 })
    this.notes.recovered(name, ms, boundMs)
  }

  /** Waits until each operation of the load goes well again. */
  async steady(withinMs = LOAD_STEADY_MS): Promise<void> {
    const ms = await steadyLoad(this.history, this.#options.steadiness, { withinMs })
    this.expect(true, 'steady: every operation goes well', `${ms} ms`)
  }
}

async function until(check: () => Promise<boolean>, complaint: string, withinMs = PROOF_MS): Promise<void> {
  const end = performance.now() + withinMs
  while (!(await check())) {
    if (performance.now() > end) throw new Error(`${complaint}, ${withinMs} ms on`)
    await sleep(withinMs === PROOF_MS ? PROOF_PAUSE_MS : HOLD_PAUSE_MS)
  }
}
