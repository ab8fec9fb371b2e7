import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { History } from '../history/history.ts'
import { plural, seconds } from '../report/format.ts'
import { type ArenaOptions, openArena } from './arena.ts'
import { TOO_BUSY, wasTooBusy } from './busy.ts'
import { failedChecks, type PlayedEpisode, playEpisode } from './episode.ts'
import type { Episode } from './plan.ts'
import { NOBODY } from './veterans.ts'

/** Failures that say nothing about the server; they count when there are no others. */
const OF_THE_HARNESS = ['load-kept-up', 'all-made']

export interface ReplayOptions extends Omit<ArenaOptions, 'logFolder'> {
  /** Each replay gets a folder of its own in it, with its history and the logs of the instances. */
  readonly folder: string
  readonly signal: AbortSignal
  /** Names of the checks that failed at first. */
  readonly wanted: readonly string[]
  /** Called when the lab is open. */
  readonly onOpen: () => void
}

/**
 * Makes the question of a shrinker: whether an episode, played in a lab of its own, fails one of the checks that failed
 * at first. What can't be played does not.
 */
export function replayer(options: ReplayOptions): (episode: Episode) => Promise<boolean> {
  const { folder, signal, wanted, say, onOpen } = options
  const ofServer = wanted.filter((name) => !OF_THE_HARNESS.includes(name))
  const meant = ofServer.length > 0 ? ofServer : wanted
  let count = 0

  async function replay(episode: Episode): Promise<PlayedEpisode> {
    const logFolder = join(folder, String(count))
    mkdirSync(logFolder, { recursive: true })
    await using arena = await openArena({ ...options, logFolder, say: () => {} })
    onOpen()
    using history = new History({ scenario: `replay-${count}`, file: join(logFolder, 'history.ndjson') })
    return await playEpisode(episode, { arena, history, veterans: NOBODY, signal, say: () => {} })
  }

  return async (episode) => {
    count += 1
    const { disturbances, ms } = episode
    const what = `  replay ${count}: ${plural(disturbances.length, 'disturbance')} in ${seconds(ms)}`
    try {
      const played = await replay(episode)
      const failed = failedChecks(played)
      if (wasTooBusy(played)) {
        say(`${what}: ${TOO_BUSY}`)
        return false
      }
      const same = failed.filter((name) => meant.includes(name))
      const others = failed.filter((name) => !meant.includes(name))
      const told = others.length > 0 ? ` (others: ${others.join(', ')})` : ''
      say(`${what}: ${same.length > 0 ? `fails ${same.join(', ')}` : 'holds'}${told}`)
      return same.length > 0
    } catch (error) {
      if (signal.aborted) return false
      say(`${what}: can't be played: ${(error as Error).message}`)
      return false
    }
  }
}
