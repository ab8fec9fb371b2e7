import type { Dice } from './dice.ts'
import { type DEED_KINDS, type Disturbance, INSTANCES, NETWORK_KINDS, SERVER_KINDS } from './plan.ts'

export type Deed = (typeof DEED_KINDS)[number]
type Unplaced = Omit<Disturbance, 'id' | 'at'>

/** How long faults last, in milliseconds: from a blip to longer than the grace of a refresh token. */
const LASTS_MS = [300, 9_000] as const
const LONG_MS = [9_000, 20_000] as const
const LONG_CHANCE = 0.15
/** No fault takes more than this part of an episode. */
const MOST_OF_IT = 0.4
/** The time from the death of an instance to its next start. */
const DOWN_MS = [100, 5_000] as const
/** How long the loss of a reply may wait for a reply that can be lost. */
const ARMED_MS = 1_500
/** From what nobody notices to what nobody waits for, and what is nearly a time-out in between. */
const LATENCIES_MS = [20, 50, 200, 450, 700, 1_100, 1_900, 5_000] as const
const BURST = [5, 20] as const
const ONE_LINK_CHANCE = 0.35

const WHERE = { server: 5, network: 5, instance: 3 }
const INSTANCE = { killed: 2, restarted: 2, 'cut off': 1 }

/** Throws the dice for one thing that happens within so many milliseconds: a fault, or the deed that is wished for. */
export function makeDisturbance(dice: Dice, withinMs: number, deed?: Deed): Disturbance {
  const one = deed === undefined ? makeFault(dice, withinMs) : makeDeed(dice, deed)
  return { id: '', at: dice.between(0, Math.max(0, withinMs - one.lasts)), ...one }
}

function makeDeed(dice: Dice, kind: Deed): Unplaced {
  if (kind !== 'logout burst') return { lasts: 0, kind, target: 'keys' }
  return { lasts: 0, kind, target: 'clients', count: dice.between(...BURST) }
}

function makeFault(dice: Dice, withinMs: number): Unplaced {
  const most = Math.round(withinMs * MOST_OF_IT)
  const [low, high] = dice.chance(LONG_CHANCE) ? LONG_MS : LASTS_MS
  const lasts = Math.min(most, dice.spread(low, high))
  const target = dice.pick(['postgres', 'redis'] as const)
  switch (dice.weigh(WHERE)) {
    case 'server':
      return { lasts, kind: dice.pick<Disturbance['kind']>(SERVER_KINDS[target]), target }
    case 'network':
      return onNetwork(dice, target, lasts)
    case 'instance': {
      const kind = dice.weigh(INSTANCE)
      const down = Math.min(most, dice.spread(...DOWN_MS))
      return { lasts: kind === 'cut off' ? lasts : down, kind, target: dice.pick(INSTANCES) }
    }
  }
}

function onNetwork(dice: Dice, target: 'postgres' | 'redis', lasts: number): Unplaced {
  const kind = dice.pick(NETWORK_KINDS)
  if (kind === 'lost reply') return { lasts: Math.min(lasts, ARMED_MS), kind, target }
  const fault = { lasts, kind, target, ...(kind === 'latency' && { ms: dice.pick(LATENCIES_MS) }) }
  return dice.chance(ONE_LINK_CHANCE) ? { ...fault, link: dice.pick(INSTANCES) } : fault
}
