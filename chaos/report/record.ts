import type { AlertEvent, BreakerEvent, FaultEvent, HistoryEvent, PhaseEvent, ProcessEvent } from '../history/events.ts'
import type { Call } from './calls.ts'
import type { Journal, ScenarioResult } from './journal.ts'
import { outcomeOf } from './outcome.ts'

/** An event whose `at` counts from the beginning of its scenario. */
export type Since<E> = E & { readonly at: number }

/** The part of a history that the report shows of one scenario. */
export interface Recorded {
  readonly result: ScenarioResult
  readonly lengthMs: number
  readonly calls: readonly Call[]
  readonly faults: readonly Since<FaultEvent>[]
  readonly phases: readonly Since<PhaseEvent>[]
  /** Changes of a breaker, and the instances that came and went. */
  readonly guards: readonly Since<BreakerEvent | ProcessEvent>[]
  readonly alerts: readonly Since<AlertEvent>[]
}

/**
 * Reads a history once and keeps, for each scenario of the journal, what the report needs, in the order of `at`. Of a
 * name that ran more than once, an event belongs to the run that had begun by then.
 */
export function record(journal: Journal, history: Iterable<HistoryEvent>): readonly Recorded[] {
  const recorders = journal.scenarios.map((result) => new Recorder(result))
  const byName = Map.groupBy(recorders, ({ result }) => result.name)
  for (const event of history) {
    const runs = byName.get(event.scenario)
    const run = runs?.findLast(({ result }) => result.from <= event.at) ?? runs?.[0]
    run?.add(event)
  }
  return recorders.map((recorder) => recorder.end())
}

class Recorder {
  readonly result: ScenarioResult
  /** Of a scenario that did not come to its end the journal knows no times: its events tell them. */
  readonly #unfinished: boolean
  #from: number | undefined
  #last = 0
  readonly #calls: Call[] = []
  readonly #faults: Since<FaultEvent>[] = []
  readonly #phases: Since<PhaseEvent>[] = []
  readonly #guards: Since<BreakerEvent | ProcessEvent>[] = []
  readonly #alerts: Since<AlertEvent>[] = []
  /** Requests of which one of the two events was seen: the file of a history is not in strict order. */
  readonly #open = new Map<number, Call>()
  readonly #ended = new Set<number>()

  constructor(result: ScenarioResult) {
    this.result = result
    this.#unfinished = result.to <= result.from
    this.#from = this.#unfinished ? undefined : result.from
  }

  add(event: HistoryEvent): void {
    this.#from ??= event.at
    const at = event.at - this.#from
    this.#last = Math.max(this.#last, at)
    switch (event.type) {
      case 'invoke':
        // No answer, unless one is found.
        if (!this.#ended.delete(event.op))
          this.#open.set(event.op, { operation: event.operation, outcome: 'lost', due: at })
        break
      case 'ok':
      case 'fail':
      case 'info': {
        const { op, operation, ms } = event
        if (!this.#open.delete(op)) this.#ended.add(op)
        this.#calls.push({ operation, outcome: outcomeOf(event), due: at - ms, ms })
        break
      }
      case 'fault':
        this.#faults.push({ ...event, at })
        break
      case 'phase':
        this.#phases.push({ ...event, at })
        break
      case 'breaker':
      case 'process':
        this.#guards.push({ ...event, at })
        break
      case 'alert':
        this.#alerts.push({ ...event, at })
        break
    }
  }

  end(): Recorded {
    return {
      result: this.result,
      lengthMs: this.#unfinished ? this.#last : this.result.to - this.result.from,
      calls: [...this.#calls, ...this.#open.values()],
      faults: inOrder(this.#faults),
      phases: inOrder(this.#phases),
      guards: inOrder(this.#guards),
      alerts: inOrder(this.#alerts),
    }
  }
}

function inOrder<E>(events: readonly Since<E>[]): readonly Since<E>[] {
  return events.toSorted((a, b) => a.at - b.at)
}
