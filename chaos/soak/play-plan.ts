import { RunClock } from '../history/clock.ts'
import { History } from '../history/history.ts'
import { plural, seconds } from '../report/format.ts'
import type { Arena } from './arena.ts'
import { uncounted, wasTooBusy } from './busy.ts'
import { failedChecks, type PlayedEpisode, playEpisode } from './episode.ts'
import type { Episode, Plan } from './plan.ts'
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

/** How often an episode is played until one is too busy for it. */
const ATTEMPTS = 3

/**
 * Plays the episodes of a plan in one lab, whose servers go on from each to the next, as do some of the sessions. Each
 * has a history of its own, so that memory is bounded by an episode and a violation is found soon after it happened.
 * One of which nothing can be said because the machine was too busy is played again.
 *
 * @returns what was played and judged; less than all when it was ended early, or an episode failed
 */
export async function playPlan({ episodes }: Plan, options: PlayOptions): Promise<readonly PlayedEpisode[]> {
  const { arena, historyFile, signal, keepGoing, say, onPlayed } = options
  const clock = new RunClock()
  const all: PlayedEpisode[] = []
  let veterans = NOBODY

  async function play(episode: Episode, attempt: number): Promise<PlayedEpisode> {
    const again = attempt === 1 ? '' : `-attempt-${attempt}`
    using history = new History({ scenario: `episode-${episode.number}${again}`, file: historyFile, clock })
    const played = await playEpisode(episode, { arena, history, veterans, signal, say })
    veterans = played.veterans
    return wasTooBusy(played) && attempt < ATTEMPTS ? uncounted(played) : played
  }

  for (const episode of episodes) {
    const { number, ms, disturbances } = episode
    let last: PlayedEpisode | undefined
    for (let attempt = 1; attempt === 1 || last?.result.outcome === 'skipped'; attempt += 1) {
      if (signal.aborted) return all
      say(`\nepisode ${number}: ${plural(disturbances.length, 'disturbance')} in ${seconds(ms)}`)
      last = await play(episode, attempt).catch((error) => {
        if (signal.aborted && error === signal.reason) return undefined
        throw error
      })
      if (last === undefined) return all
      all.push(last)
      onPlayed(all)
    }
    if (last !== undefined && failedChecks(last).length > 0 && !keepGoing) break
  }
  return all
}
