import type { BreakerEvent, GuardedName, HistoryEvent } from '../history/events.ts'
import type { History } from '../history/history.ts'

type State = BreakerEvent['state']

/** The breakers of all instances as the history tells of them. */
export class Breakers {
  readonly #states = new Map<string, State>()
  readonly #watchers = new Set<() => void>()

  constructor(history: History) {
    history.subscribe((event: HistoryEvent) => {
      if (event.type !== 'breaker') return
      this.#states.set(`${event.instance} ${event.dependency}`, event.state)
      for (const watcher of this.#watchers) watcher()
    })
  }

  /** `closed` as long as nothing else was heard. */
  state(instance: string, dependency: GuardedName): State {
    return this.#states.get(`${instance} ${dependency}`) ?? 'closed'
  }

  /**
   * Waits until a breaker is in a state.
   *
   * @returns milliseconds that it took
   * @throws Error when that takes longer than `withinMs`
   */
  async reach(instance: string, dependency: GuardedName, state: State, withinMs: number): Promise<number> {
    const begin = performance.now()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const look = () => this.state(instance, dependency) === state && resolve()
    const timer = setTimeout(() => {
      reject(new Error(`the ${dependency} breaker of ${instance} was not ${state} within ${withinMs} ms`))
    }, withinMs)
    this.#watchers.add(look)
    look()
    try {
      await promise
    } finally {
      clearTimeout(timer)
      this.#watchers.delete(look)
    }
    return Math.round(performance.now() - begin)
  }
}
