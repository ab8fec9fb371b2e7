import type { Figures } from '../figures/figures.ts'
import type { Stores } from '../machine/stores.ts'

/** What a scenario works with. */
export interface Bench {
  readonly stores: Stores
  readonly figures: Figures
  readonly rounds: number
  /** Short turns and fewer of them. */
  readonly quick: boolean
  /** Shows what is going on. */
  say(text: string): void
}

export interface Scenario {
  readonly name: string
  /** For the list, a line. */
  readonly about: string
  /** False for one that the quick run leaves out. */
  readonly quick: boolean
  run(bench: Bench): Promise<void>
}
