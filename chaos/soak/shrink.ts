import { ddmin } from './ddmin.ts'
import type { Episode } from './plan.ts'
import { halve, keepOnly } from './trim.ts'

/** How often the whole episode is played again until it counts as one that does not fail every time. */
const TRIES = 2
/** Shorter faults are no easier to read. */
const SHORTEST_MS = 500

export interface ShrinkOptions {
  /** Plays an episode anew, in a lab of its own; true when it fails in the same way. */
  readonly fails: (episode: Episode) => Promise<boolean>
  /** False when the time is up. */
  readonly goOn: () => boolean
}

/** `undefined` when it could not be made to fail again. */
export type Shrunk = Episode | undefined

/**
 * Looks for a shorter episode that fails in the same way: fewer disturbances, then shorter ones. It may find none: when
 * the time is up, what it has found by then is the answer.
 */
export async function shrink(episode: Episode, { fails, goOn }: ShrinkOptions): Promise<Shrunk> {
  let isBack = false
  for (let i = 0; i < TRIES && !isBack && goOn(); i += 1) isBack = await fails(episode)
  if (!isBack) return undefined
  const few = await ddmin(episode.disturbances, (some) => fails(keepOnly(episode, some)), goOn)
  let shortest = few.length === episode.disturbances.length ? episode : keepOnly(episode, few)
  for (const { id } of few) {
    for (
      let shorter = halve(shortest, id);
      goOn() && lasts(shorter, id) >= SHORTEST_MS;
      shorter = halve(shortest, id)
    ) {
      if (!(await fails(shorter))) break
      shortest = shorter
    }
  }
  return shortest
}

function lasts({ disturbances }: Episode, wanted: string): number {
  return disturbances.find(({ id }) => id === wanted)?.lasts ?? 0
}
