import { hash } from 'node:crypto'
import { RunClock } from './clock.ts'
import type { Happening, HistoryEvent } from './events.ts'
import { HistoryFile } from './history-file.ts'

const FINGERPRINT_LENGTH = 12

/** Names a token in the history without telling it: the first 12 hex digits of its SHA-256. */
export function fingerprint(token: string): string {
  return hash('sha256', token, 'hex').slice(0, FINGERPRINT_LENGTH)
}

export interface HistoryOptions {
  /** Name of the scenario that every event is stamped with. */
  readonly scenario: string
  /** NDJSON to append to; several scenarios and processes of a run may share one. None: memory alone. */
  readonly file?: string | undefined
  /** The clock of the run; a new one begins now. */
  readonly clock?: RunClock
}

/**
 * What happened in one scenario: append-only, in memory for the checks and in a file for the report.
 *
 * @example
 * using history = new History({ scenario: 'zombie-db', file: 'history.ndjson', clock })
 * history.record({ type: 'phase', phase: 'steady' })
 */
export class History implements Disposable {
  readonly scenario: string
  readonly clock: RunClock
  readonly #file: HistoryFile | undefined
  readonly #events: HistoryEvent[] = []
  readonly #listeners = new Set<(event: HistoryEvent) => void>()
  #inOrder = true
  #ops = 0

  constructor({ scenario, file, clock = new RunClock() }: HistoryOptions) {
    this.scenario = scenario
    this.clock = clock
    this.#file = file === undefined ? undefined : new HistoryFile(file)
  }

  /** Events so far. */
  get size(): number {
    return this.#events.length
  }

  /** Milliseconds since the run's start: the `at` of what happens now. */
  now(): number {
    return this.clock.now()
  }

  /** A number for a new operation, unique in this scenario. */
  nextOp(): number {
    this.#ops += 1
    return this.#ops
  }

  /**
   * Adds an event.
   *
   * @param at when it happened, for what is learned later (a log line); now by default
   */
  record(happening: Happening, at = this.clock.now()): HistoryEvent {
    const event: HistoryEvent = { at, scenario: this.scenario, ...happening }
    const last = this.#events.at(-1)
    if (last !== undefined && last.at > at) this.#inOrder = false
    this.#events.push(event)
    this.#file?.append(event)
    for (const listener of this.#listeners) listener(event)
    return event
  }

  /** All events so far in the order of `at`; those of the same moment as they were recorded. */
  events(): readonly HistoryEvent[] {
    const events = [...this.#events]
    return this.#inOrder ? events : events.sort((a, b) => a.at - b.at)
  }

  /** Calls `listener` with each event from now on, as it is recorded, until the returned function is called. */
  subscribe(listener: (event: HistoryEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Writes what is still in memory only. */
  flush(): void {
    this.#file?.flush()
  }

  /** Flushes and closes the file; safe to repeat. Events may still be recorded, in memory alone. */
  close(): void {
    this.#file?.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}
