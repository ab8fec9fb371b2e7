import type { Random } from './random.ts'

export interface Arrival<A extends string> {
  readonly action: A
  /** When it is due, in milliseconds on the clock that the schedule was begun with. */
  readonly due: number
}

interface Stream<A extends string> {
  readonly action: A
  readonly gapMs: () => number
  due: number
}

/**
 * When what is due: one stream of arrivals for each action, planned ahead and never put off by what happened to the one
 * before.
 */
export class Schedule<A extends string> {
  readonly #streams: Stream<A>[]

  /**
   * @param mix arrivals per second
   * @param from the beginning, in milliseconds
   * @param random makes it a Poisson process, as independent clients are; without one the gaps are even
   */
  constructor(mix: Readonly<Partial<Record<A, number>>>, from: number, random?: Random) {
    const rates = (Object.entries(mix) as [A, number][]).filter(([, rate]) => rate > 0)
    this.#streams = rates.map(([action, rate], index) => {
      const even = 1000 / rate
      const gapMs = random === undefined ? () => even : () => -Math.log(1 - random.float()) * even
      // Even streams begin at different parts of their gaps, so that they don't all fall on the same moments.
      const first = random === undefined ? (even * (index + 1)) / (rates.length + 1) : gapMs()
      return { action, gapMs, due: from + first }
    })
  }

  /** When the next arrival is due; infinity when there is none. */
  get nextDue(): number {
    return this.#first()?.due ?? Number.POSITIVE_INFINITY
  }

  /** Takes the next arrival that is due by `now`; undefined when there is none. */
  take(now: number): Arrival<A> | undefined {
    const first = this.#first()
    if (first === undefined || first.due > now) return undefined
    const { action, due } = first
    first.due += first.gapMs()
    return { action, due }
  }

  #first(): Stream<A> | undefined {
    let first: Stream<A> | undefined
    for (const stream of this.#streams) if (first === undefined || stream.due < first.due) first = stream
    return first
  }
}
