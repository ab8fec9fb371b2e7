import { type Dice, diceOf } from './dice.ts'
import { collide } from './lanes.ts'
import { type Deed, makeDisturbance } from './make-disturbance.ts'
import { makeLoad } from './make-load.ts'
import type { Disturbance, Episode, Plan } from './plan.ts'

/** An episode with everything around it, and what is around: coming, getting steady, the audit. Milliseconds. */
const EPISODE_MS = 90_000
const AROUND_MS = 15_000
const SHORTEST_MS = 4_000

/** Faults a minute: some episodes leave time to recover, others don't. */
const WEATHER = [6, 10, 16] as const
const FEWEST = 2
/** How often a place is looked for until one is given up. */
const TRIES = 20

/** Chances of what people do, in an episode. */
const ROTATIONS = [0.6, 0.3]
const REVOCATIONS = [0.6, 0.2]
const BURSTS = [0.6, 0.3]

/**
 * Plans a soak: purely, so that a seed tells all of it.
 *
 * @param seed a 32-bit integer
 * @param minutes in all, about: what comes after a heal takes the time it takes
 */
export function makePlan(seed: number, minutes: number): Plan {
  const dice = diceOf(seed)
  const total = minutes * 60_000
  const count = Math.max(1, Math.round(total / EPISODE_MS))
  const ms = Math.max(SHORTEST_MS, Math.round(total / count) - AROUND_MS)
  const episodes = Array.from({ length: count }, (_, i) => makeEpisode(i + 1, dice.seed(), ms))
  return { version: 1, seed, minutes, episodes }
}

function makeEpisode(number: number, seed: number, ms: number): Episode {
  const dice = diceOf(seed)
  const load = makeLoad(dice, ms)
  const faults = Math.max(FEWEST, Math.round((dice.pick(WEATHER) * ms) / 60_000))
  const wanted = [
    ...Array.from({ length: faults }, () => undefined),
    ...wishes(dice, ROTATIONS, 'rotate'),
    ...wishes(dice, REVOCATIONS, 'revoke all'),
    ...wishes(dice, BURSTS, 'logout burst'),
  ]
  const placed: Disturbance[] = []
  for (const deed of wanted) {
    const found = place(placed, () => makeDisturbance(dice, ms, deed))
    if (found !== undefined) placed.push(found)
  }
  const disturbances = placed.sort((a, b) => a.at - b.at).map((each, i) => ({ ...each, id: `${number}.${i + 1}` }))
  return { number, seed, ms, load, disturbances }
}

function wishes(dice: Dice, chances: readonly number[], deed: Deed): Deed[] {
  return chances.flatMap((chance) => (dice.chance(chance) ? [deed] : []))
}

/** The first that contradicts none of those that are there; undefined when it is too crowded. */
function place(placed: readonly Disturbance[], make: () => Disturbance): Disturbance | undefined {
  for (let i = 0; i < TRIES; i += 1) {
    const one = make()
    if (!placed.some((other) => collide(one, other))) return one
  }
  return undefined
}
