import { join } from 'node:path'
import { plural, seconds } from '../report/format.ts'
import type { RunFolder } from '../runner/run-folder.ts'
import { openArena } from './arena.ts'
import type { Arguments } from './arguments.ts'
import { failedChecks, type PlayedEpisode } from './episode.ts'
import { describeAt, type Plan } from './plan.ts'
import { playPlan } from './play-plan.ts'
import { replayer } from './replay.ts'
import { Results } from './results.ts'
import { shrink } from './shrink.ts'
import type { EndWish } from './signals.ts'
import { complaints, totalsOf } from './totals.ts'

const MINUTE_MS = 60_000

export interface SoakOptions extends Pick<Arguments, 'shrinkMinutes' | 'keepGoing' | 'mutation'> {
  readonly driver: 'docker' | 'local'
  readonly run: RunFolder
  readonly end: EndWish
  readonly say: (line: string) => void
  /** What plays the plan in a file again, for the reader. */
  readonly command: (file: string) => string
}

/** Plays a plan, judges it, looks for a shorter one when it fails, and tells. Returns the exit code. */
export async function soak(plan: Plan, options: SoakOptions): Promise<number> {
  const { driver, run, say } = options
  const results = new Results(run, plan, driver)
  const played = await play(plan, results, options)
  const { passed, failed, unjudged, operations, faults, loggedOut } = totalsOf(played)
  const failing = played.find((episode) => failedChecks(episode).length > 0)
  if (failing !== undefined) await explain(failing, results, options)
  say('')
  if (played.length > 0) say(`report: ${results.writeReport()}`)
  const judged = new Set(played.filter(({ result }) => result.outcome !== 'skipped').map(({ episode }) => episode))
  if (judged.size < plan.episodes.length) say(`${judged.size} of ${plan.episodes.length} episodes were judged`)
  if (unjudged.length > 0) say(`it did not come to: ${unjudged.join(', ')}`)
  say(`${plural(operations, 'operation')}, ${plural(faults, 'fault')}, users logged out wrongly: ${loggedOut}`)
  say(`${passed.length} passed, ${failed.length} failed`)
  return failed.length === 0 && passed.length > 0 ? 0 : 1
}

async function play(plan: Plan, results: Results, options: SoakOptions): Promise<readonly PlayedEpisode[]> {
  const { driver, mutation, run, end, keepGoing, say } = options
  await using arena = await openArena({ driver, mutation, logFolder: join(run.path, 'soak'), say })
  end.restrain()
  results.lab = await arena.lab.about()
  results.writeJournal([])
  return await playPlan(plan, {
    ...{ arena, keepGoing, say, signal: end.signal, historyFile: run.historyFile },
    onPlayed(all) {
      results.writeJournal(all)
      const last = all.at(-1)
      if (last !== undefined) tell(last, say)
    },
  })
}

function tell(episode: PlayedEpisode, say: (line: string) => void): void {
  const { result, operations, faults } = episode
  const failed = failedChecks(episode).length
  const numbers = [plural(operations, 'operation'), plural(faults, 'fault'), plural(result.verdicts.length, 'check')]
  say(`${result.name}: ${numbers.join(', ')}, ${failed} failed`)
  for (const line of complaints(result.verdicts)) say(line)
  if (result.outcome === 'skipped') say(`  does not count: ${result.reason}`)
}

/** Looks for the shortest plan that fails like this one. */
async function explain(failing: PlayedEpisode, results: Results, options: SoakOptions): Promise<void> {
  const { driver, mutation, run, end, shrinkMinutes, say, command } = options
  const { episode } = failing
  say(`\n${failing.result.name} again: ${command(results.writePlan('failing', [episode]))}`)
  if (shrinkMinutes === 0 || end.signal.aborted) return
  const until = performance.now() + shrinkMinutes * MINUTE_MS
  say(`looking for a shorter plan that fails as well, for ${shrinkMinutes} min at most`)
  const fails = replayer({
    ...{ driver, mutation, say, signal: end.signal, folder: join(run.path, 'replays') },
    wanted: failedChecks(failing),
    onOpen: () => end.restrain(),
  })
  const goOn = () => performance.now() < until && !end.signal.aborted
  const shortest = await shrink(episode, { fails, goOn })
  if (shortest === undefined) {
    say(
      'it did not fail again: it hangs on chance, or on what the episodes before have left (play the whole seed again)',
    )
    return
  }
  const file = results.writePlan('shrunk', [shortest])
  const { disturbances, ms } = shortest
  say(`the shortest that fails: ${plural(disturbances.length, 'disturbance')} in ${seconds(ms)}`)
  for (const one of disturbances) say(describeAt(one.at, one))
  say(command(file))
}
