import { type Random, seededRandom } from '../workload/random.ts'

/** Random choices that come again with the same seed. */
export interface Dice {
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number
  /** The same with as many from 1 to 10 as from 10 to 100: short times often, long ones sometimes. */
  spread(low: number, high: number): number
  /** True as often as `probability` says. */
  chance(probability: number): boolean
  /** One of them, each as likely. */
  pick<T>(choices: readonly T[]): T
  /** One of them, each as likely as its weight says. */
  weigh<T extends string>(weights: Readonly<Record<T, number>>): T
  /** A seed for something that has random choices of its own. */
  seed(): number
}

const SEEDS = 2 ** 31

/** @param seed a 32-bit integer */
export function diceOf(seed: number): Dice {
  const random: Random = seededRandom(seed)
  const between = (low: number, high: number) => low + random.int(high - low + 1)
  function pick<T>(choices: readonly T[]): T {
    const choice = choices[random.int(choices.length)]
    if (choice === undefined) throw new Error('nothing to choose from')
    return choice
  }
  return {
    between,
    spread: (low, high) => Math.round(low * (high / low) ** random.float()),
    chance: (probability) => random.float() < probability,
    pick,
    weigh<T extends string>(weights: Readonly<Record<T, number>>): T {
      const entries = Object.entries(weights) as [T, number][]
      let left = random.float() * entries.reduce((sum, [, weight]) => sum + weight, 0)
      for (const [choice, weight] of entries) {
        left -= weight
        if (left < 0) return choice
      }
      return pick(entries.map(([choice]) => choice))
    },
    seed: () => random.int(SEEDS),
  }
}
