import { RunClock } from '../history/clock.ts'
import { History } from '../history/history.ts'
import { plural, seconds } from '../report/format.ts'
import type { Arena } from './arena.ts'
import { failedChecks, type PlayedEpisode, playEpisode } from './episode.ts'
import type { Plan } from './plan.ts'
import { NOBODY } from './veterans.ts'

export interface PlayOptions {
  readonly arena: Arena
  /** Where the events of all episodes go. */
  readonly historyFile: string
  /** Ends it early: the episode that is being played is healed and judged. */
  readonly signal: AbortSignal
  readonly keepGoing: boolean
  readonly say: (text: string) => void
  /** Told after each episode. */
  readonly onPlayed: (played: readonly PlayedEpisode[]) => void
}

/**
 * Plays the episodes of a plan in one lab, whose servers go on from each to the next, as do some of the sessions. Each has
 * a history of its own, so that memory is bounded by an episode and a violation is found soon after it happened.
 *
 * @returns what was played and judged; less than all when it was ended early, or an episode failed
 */
export async function playPlan({ episodes }: Plan, options: PlayOptions): Promise<readonly PlayedEpisode[]> {
  const { arena, historyFile, signal, keepGoing, say, onPlayed } = options
  const clock = new RunClock()
  const all: PlayedEpisode[] = []
  let veterans = NOBODY
  for (const episode of episodes) {
    if (signal.aborted) break
    const { number, ms, disturbances } = episode
    say(`\nepisode ${number}: ${plural(disturbances.length, 'disturbance')} in ${seconds(ms)}`)
    using history = new History({ scenario: `episode-${number}`, file: historyFile, clock })
    const played = await playEpisode(episode, { arena, history, veterans, signal, say }).catch((error) => {
      if (signal.aborted && error === signal.reason) return undefined
      throw error
    })
    if (played === undefined) break
    veterans = played.veterans
    all.push(played)
    onPlayed(all)
    if (failedChecks(played).length > 0 && !keepGoing) break
  }
  return all
}
