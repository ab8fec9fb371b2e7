import { setTimeout as sleep } from 'node:timers/promises'
import { type Action, type Actors, act } from './actions.ts'
import type { CallOptions } from './client.ts'
import { seededRandom } from './random.ts'
import { Schedule } from './schedule.ts'

/** Operations per second, by action. */
export type Mix = Readonly<Partial<Record<Action, number>>>

export interface OpenLoopOptions extends Actors {
  readonly mix: Mix
  /** Who is asked; by default whom the client asks. */
  readonly to?: CallOptions['to']
  /** Of the gaps between arrivals; without one they are even. */
  readonly seed?: number
}

/** What a load has come to. */
export interface LoadReport {
  /** Operations that were sent. */
  readonly sent: number
  /** Operations that nobody could do at their time, by action. */
  readonly missed: Readonly<Record<string, number>>
  /** How late the latest one was sent, in milliseconds: what this process adds to the latencies. */
  readonly latestMs: number
  /** Operations without an end when the report was made. */
  readonly outstanding: number
}

/** `source` of the samples that a load leaves in the history, one a second. */
export const LOAD_SOURCE = 'load'

const SAMPLE_MS = 1000
const STOP_POLL_MS = 10
const STOP_WITHIN_MS = 16_000

/**
 * Clients that come at their own pace: each operation is sent when it is due, whether those before it have been answered
 * or not, so a stall shows as what it is to users. Late sending counts as latency: `due` is the planned time.
 *
 * @example
 * const load = new OpenLoop({ client, population, mix: { verify: 300, refresh: 50, login: 2 } })
 * load.start()
 * await load.stop()
 */
export class OpenLoop implements AsyncDisposable {
  readonly #options: OpenLoopOptions
  #schedule = new Schedule<Action>({}, 0)
  #timer: NodeJS.Timeout | undefined
  #sampler: NodeJS.Timeout | undefined
  #sent = 0
  #outstanding = 0
  #error: Error | undefined
  #latestMs = 0
  #latestSampled = 0
  readonly #missed = new Map<Action, number>()
  readonly #missedSampled = new Map<Action, number>()

  constructor(options: OpenLoopOptions) {
    this.#options = options
  }

  get report(): LoadReport {
    const missed = Object.fromEntries(this.#missed)
    return { sent: this.#sent, missed, latestMs: this.#latestMs, outstanding: this.#outstanding }
  }

  /** Begins, or goes on with another mix; nothing that would have been due before is made up for. */
  start(mix: Mix = this.#options.mix): void {
    clearTimeout(this.#timer)
    const { client, seed } = this.#options
    const random = seed === undefined ? undefined : seededRandom(seed)
    this.#schedule = new Schedule(mix, client.history.now(), random)
    this.#sampler ??= setInterval(() => this.#sample(), SAMPLE_MS)
    this.#plan()
  }

  /**
   * Sends nothing any more, and waits for the answers: at most `withinMs`, longer than a client waits for one.
   *
   * @throws Error when a client could not even send: a fault of the harness
   */
  async stop(withinMs = STOP_WITHIN_MS): Promise<LoadReport> {
    clearTimeout(this.#timer)
    clearInterval(this.#sampler)
    this.#sampler = undefined
    const end = performance.now() + withinMs
    while (this.#outstanding > 0 && performance.now() < end) await sleep(STOP_POLL_MS)
    this.#sample()
    if (this.#error !== undefined) throw this.#error
    return this.report
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #plan(): void {
    const wait = this.#schedule.nextDue - this.#options.client.history.now()
    if (Number.isFinite(wait)) this.#timer = setTimeout(() => this.#sendDue(), Math.max(0, wait))
  }

  #sendDue(): void {
    const now = this.#options.client.history.now()
    for (let next = this.#schedule.take(now); next !== undefined; next = this.#schedule.take(now)) {
      this.#send(next.action, next.due)
    }
    this.#plan()
  }

  #send(action: Action, due: number): void {
    const { to, client } = this.#options
    const done = act(action, this.#options, { due, ...(to !== undefined && { to }) })
    if (done === undefined) {
      this.#miss(action)
      return
    }
    const late = client.history.now() - due
    this.#latestMs = Math.max(this.#latestMs, late)
    this.#latestSampled = Math.max(this.#latestSampled, late)
    this.#sent += 1
    this.#outstanding += 1
    done
      .catch((error) => {
        this.#error ??= error
      })
      .finally(() => {
        this.#outstanding -= 1
      })
  }

  #miss(action: Action): void {
    this.#missed.set(action, (this.#missed.get(action) ?? 0) + 1)
    this.#missedSampled.set(action, (this.#missedSampled.get(action) ?? 0) + 1)
  }

  /** Since the last sample: the latest sending, what nobody could do; and how many wait now. */
  #sample(): void {
    const values: Record<string, number> = { late_ms: this.#latestSampled, outstanding: this.#outstanding }
    for (const [action, count] of this.#missedSampled) values[`missed_${action}`] = count
    this.#latestSampled = 0
    this.#missedSampled.clear()
    this.#options.client.history.record({ type: 'sample', source: LOAD_SOURCE, values })
  }
}
