import type { Fault } from '../faults.ts'
import type { FaultEvent } from '../history/events.ts'
import { lanesOf, standsAlone } from './lanes.ts'
import { type Disturbance, describe, isFault } from './plan.ts'
import type { Timeline } from './timeline.ts'

/**
 * How long it may take until a fault can be seen to hold, in milliseconds; those that are not here can't be looked at.
 */
const SEEN_AFTER_MS: Readonly<Record<string, number>> = {
  stopped: 200,
  killed: 200,
  frozen: 500,
  'black-holed': 500,
  refused: 200,
  'reset on every call': 200,
  'read-only': 300,
  'out of memory': 300,
  'out of connections': 300,
}
const LOOK_PAUSE_MS = 20

export interface InjectorOptions {
  readonly timeline: Timeline
  /** Makes a fault; it is struck and healed here. */
  readonly faultOf: (disturbance: Disturbance) => Fault
  /** Does what is no fault. */
  readonly deed: (disturbance: Disturbance) => Promise<void>
  /** Notes a fault in the history. */
  readonly record: (event: FaultEvent) => void
  /** Told when one begins. */
  readonly onBegin: (disturbance: Disturbance) => void
}

/** Makes what a plan says happen when the plan says so. */
export class Injector {
  readonly #options: InjectorOptions
  readonly #lanes = new Map<string, Promise<void>>()
  readonly #struck = new Map<Fault, string>()
  readonly #problems: string[] = []
  #faults = 0

  constructor(options: InjectorOptions) {
    this.#options = options
  }

  /** Faults that were made. */
  get faults(): number {
    return this.#faults
  }

  /** What could not be done: failures of the harness, not of the server. */
  get problems(): readonly string[] {
    return this.#problems
  }

  /**
   * Plays all of them, each in its time, until the last is healed. Those that share a lane wait for the one before,
   * however long that took.
   */
  async play(disturbances: readonly Disturbance[]): Promise<void> {
    const sorted = disturbances.toSorted((a, b) => a.at - b.at)
    const all = sorted.map((one) => {
      const lanes = lanesOf(one)
      const before = Promise.all(lanes.map((lane) => this.#lanes.get(lane)))
      const done = this.#playOne(one, before, standsAlone(one, sorted))
      for (const lane of lanes) this.#lanes.set(lane, done)
      return done
    })
    await Promise.all(all)
  }

  /**
   * Heals what could not be healed in its time, the latest first.
   *
   * @throws AggregateError when that can't be done either
   */
  async healAll(): Promise<void> {
    const failures: unknown[] = []
    for (const fault of [...this.#struck.keys()].reverse())
      await this.#heal(fault).catch((error) => failures.push(error))
    if (failures.length > 0) throw new AggregateError(failures, `could not heal: ${failures.map(String).join('; ')}`)
  }

  async #playOne(one: Disturbance, before: Promise<unknown>, alone: boolean): Promise<void> {
    const { timeline, onBegin, deed, faultOf } = this.#options
    await timeline.until(one.at)
    await before
    if (timeline.signal.aborted) return
    onBegin(one)
    try {
      if (isFault(one)) await this.#playFault(one, faultOf(one), alone)
      else await deed(one)
    } catch (error) {
      this.#problems.push(`${describe(one)}: ${error instanceof Error ? error.message : error}`)
    }
  }

  async #playFault(one: Disturbance, fault: Fault, alone: boolean): Promise<void> {
    const { timeline } = this.#options
    this.#faults += 1
    this.#struck.set(fault, one.id)
    this.#tell(fault, 'strike')
    try {
      await fault.strike()
      const end = timeline.now() + one.lasts
      const patience = one.link === undefined && alone ? SEEN_AFTER_MS[one.kind] : undefined
      const mayMiss = one.kind === 'lost reply'
      const isLookedFor = mayMiss || (patience !== undefined && 2 * patience <= one.lasts)
      if (!isLookedFor || (await this.#seen(fault, end))) this.#tell(fault, 'struck')
      else if (!mayMiss && !timeline.signal.aborted) throw new Error('it was not seen to hold')
      await timeline.until(end)
    } finally {
      await this.#heal(fault)
    }
  }

  async #seen(fault: Fault, end: number): Promise<boolean> {
    const { timeline } = this.#options
    while (timeline.now() < end && !timeline.signal.aborted) {
      if (await fault.proof()) return true
      await timeline.until(timeline.now() + LOOK_PAUSE_MS)
    }
    return false
  }

  async #heal(fault: Fault): Promise<void> {
    this.#tell(fault, 'heal')
    await fault.heal()
    this.#tell(fault, 'healed')
    this.#struck.delete(fault)
  }

  #tell(fault: Fault, stage: FaultEvent['stage']): void {
    const id = this.#struck.get(fault) ?? ''
    this.#options.record({ type: 'fault', fault: id, name: fault.name, target: fault.target, stage })
  }
}
