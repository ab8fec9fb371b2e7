import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DriverName } from '../lab/lab.ts'
import type { Journal, ScenarioResult } from '../report/journal.ts'
import { type RunFolder, readPlayed } from './run-folder.ts'

export interface RunSummary {
  readonly startedAt: Date
  readonly driver: DriverName
  /** Names of those that were to be played. */
  readonly scenarios: readonly string[]
}

/** Writes `journal.json` of a run, from what its scenarios have left. */
export function writeJournal(run: RunFolder, { startedAt, driver, scenarios }: RunSummary): Journal {
  const played = scenarios.map((name) => readPlayed(run, name))
  const journal: Journal = {
    run: run.name,
    startedAt: startedAt.toISOString(),
    driver,
    about: Object.assign({}, ...played.map((one) => one?.about ?? {})),
    scenarios: scenarios.map((name, i) => played[i]?.result ?? unfinished(name)),
  }
  writeFileSync(join(run.path, 'journal.json'), `${JSON.stringify(journal, null, 2)}\n`)
  return journal
}

/** A scenario whose process ended before it could say how it went. */
function unfinished(name: string): ScenarioResult {
  const reason = 'it did not come to its end'
  return { name, title: name, outcome: 'failed', reason, from: 0, to: 0, steps: [], verdicts: [], recoveries: [] }
}
