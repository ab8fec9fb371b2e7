import { setTimeout as sleep } from 'node:timers/promises'
import { type ExpectedAlert, firingsIn, PROMETHEUS_SOURCE } from '../checks/alerts.ts'
import type { Fault } from '../faults.ts'
import type { AlertEvent, FaultEvent } from '../history/events.ts'
import type { Prometheus, PrometheusOptions, RuleState } from '../lab/prometheus.ts'
import { seen } from '../workload/steady.ts'
import type { Stage } from './stage.ts'

const LOOK_MS = 200
/** Looks that may find an alert on its way: half a minute. */
const PATIENCE_LOOKS = 150

export interface AlertsOptions extends PrometheusOptions {
  readonly expected: readonly ExpectedAlert[]
}

/** What Prometheus says of a stage, written into the history. The looks end when it is disposed of. */
export class Alerts implements AsyncDisposable {
  readonly #stage: Stage
  readonly #prometheus: Prometheus
  readonly #expected: readonly ExpectedAlert[]
  readonly #active = new Map<string, AlertEvent>()
  readonly #ending = new AbortController()
  readonly #looks: Promise<void>

  constructor(stage: Stage, prometheus: Prometheus, expected: readonly ExpectedAlert[]) {
    this.#stage = stage
    this.#prometheus = prometheus
    this.#expected = expected
    this.#looks = this.#lookOn()
    // Whoever waits for it is told when it is disposed of.
    this.#looks.catch(() => {})
  }

  /**
   * Waits until so many looks in a row have found every rule evaluated and no alert raised or on its way, and asserts that
   * there were. What is not scraped yet is an alert on its way.
   */
  async quiet(looks: number): Promise<void> {
    const { history } = this.#stage
    let [good, left] = [0, looks + PATIENCE_LOOKS]
    for (; good < looks && left > 0; left -= 1) {
      const event = await seen(history, (one) => one.type === 'sample' && one.source === PROMETHEUS_SOURCE, 5000)
      if (event.type !== 'sample') continue
      const { failed, waiting, active } = event.values
      good = failed === 0 && waiting === 0 && active === 0 ? good + 1 : 0
    }
    const raised = [...this.#active.values()].map(({ alert }) => alert).join(', ')
    this.#stage.expect(good === looks, 'no alert is raised', raised || 'none')
  }

  /** Waits until a fault that holds has raised its alerts, and asserts that each came within its bound. */
  async raised(fault: Fault): Promise<void> {
    const struck = this.#momentOf(fault, 'struck')
    for (const { alert, raisedWithinMs: boundMs = 0 } of this.#of(fault)) {
      const at = await this.#reach(alert, true, struck + 2 * boundMs)
      this.#stage.notes.took(`${alert} is raised by ${fault.target} ${fault.name}`, Math.max(0, at - struck), boundMs)
    }
  }

  /** Waits until the alerts of a fault that is healed are over, and asserts that each ended within its bound. */
  async cleared(fault: Fault): Promise<void> {
    const healed = this.#momentOf(fault, 'healed')
    for (const { alert, clearedWithinMs: boundMs } of this.#of(fault)) {
      const at = await this.#reach(alert, false, healed + 2 * boundMs)
      const ms = Math.max(0, at - healed)
      this.#stage.notes.took(`${alert} ends after ${fault.target} ${fault.name}`, ms, boundMs)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort()
    await this.#looks
  }

  /** Those that it must raise. */
  #of({ target, name }: Fault): readonly ExpectedAlert[] {
    return this.#expected.filter((one) => one.fault === `${target} ${name}` && one.raisedWithinMs !== undefined)
  }

  #momentOf({ target, name }: Fault, stage: FaultEvent['stage']): number {
    const isIt = (event: { type: string }) => event.type === 'fault'
    const events = this.#stage.history.events().filter(isIt) as (FaultEvent & { at: number })[]
    const found = events.findLast((event) => event.target === target && event.name === name && event.stage === stage)
    if (found === undefined) throw new Error(`${target} ${name}: not ${stage}`)
    return found.at
  }

  /** Waits until an alert is raised, or over; when that was, on the clock of the run. */
  async #reach(alert: string, raised: boolean, deadline: number): Promise<number> {
    const { history } = this.#stage
    const isSo = () =>
      [...this.#active.values()].some((one) => one.alert === alert && one.state === 'firing') === raised
    if (!isSo()) {
      const complaint = () => `${alert} was not ${raised ? 'raised' : 'over'} in twice its time`
      await seen(history, ({ type }) => type === 'alert' && isSo(), Math.max(1, deadline - history.now()), complaint)
    }
    const firings = firingsIn(history.events()).filter((one) => one.alert === alert)
    return Math.max(0, ...firings.map(({ from, to }) => (raised ? from : to)))
  }

  async #lookOn(): Promise<void> {
    const { signal } = this.#ending
    while (!signal.aborted) {
      this.#take(await this.#prometheus.rules())
      await sleep(LOOK_MS, undefined, { signal }).catch(() => {})
    }
  }

  #take(rules: readonly RuleState[]): void {
    const { history } = this.#stage
    const now = new Map(
      rules.flatMap(({ name, alerts }) => alerts.map((one) => [keyOf(name, one), eventOf(name, one)])),
    )
    for (const [key, event] of now) if (this.#active.get(key)?.state !== event.state) this.#tell(key, event)
    for (const [key, event] of this.#active) if (!now.has(key)) this.#tell(key, { ...event, state: 'inactive' })
    const health = (wanted: RuleState['health']) => rules.filter((rule) => rule.health === wanted).length
    const values = { rules: rules.length, waiting: health('unknown'), failed: health('err'), active: now.size }
    history.record({ type: 'sample', source: PROMETHEUS_SOURCE, values })
  }

  #tell(key: string, event: AlertEvent): void {
    // First the map: who listens to the history looks there.
    if (event.state === 'inactive') this.#active.delete(key)
    else this.#active.set(key, event)
    this.#stage.history.record(event)
  }
}

/** Starts a Prometheus that watches servers of the stage, and looks at its alerts five times a second. */
export async function openAlerts(stage: Stage, { expected, ...options }: AlertsOptions): Promise<Alerts> {
  return new Alerts(stage, await stage.lab.startPrometheus(options), expected)
}

type ActiveAlert = RuleState['alerts'][number]

function keyOf(name: string, { labels }: ActiveAlert): string {
  return `${name} ${subjectOf(labels)}`
}

function subjectOf({ instance, job }: ActiveAlert['labels']): string {
  return instance ?? job ?? 'all'
}

function eventOf(alert: string, { labels, annotations, state }: ActiveAlert): AlertEvent {
  const { severity = '' } = labels
  return { type: 'alert', alert, subject: subjectOf(labels), state, severity, summary: annotations.summary ?? '' }
}
