import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Journal } from '../report/journal.ts'
import { writeReport } from '../report/write.ts'
import type { RunFolder } from '../runner/run-folder.ts'
import type { PlayedEpisode } from './episode.ts'
import type { Episode, Plan } from './plan.ts'

/** What a soak leaves: `plan.json`, `journal.json`, and in the end the report; beside them lies `history.ndjson`. */
export class Results {
  readonly #run: RunFolder
  readonly #plan: Plan
  readonly #driver: Journal['driver']
  readonly #startedAt = new Date()
  #about: Readonly<Record<string, string>> = {}

  constructor(run: RunFolder, plan: Plan, driver: Journal['driver']) {
    this.#run = run
    this.#plan = plan
    this.#driver = driver
    this.writePlan('plan', plan.episodes)
  }

  /** What the lab consists of. */
  set lab(about: Readonly<Record<string, string>>) {
    this.#about = about
  }

  /** Writes some episodes of this plan, or what became of them, so that they can be played alone. Returns the file. */
  writePlan(name: 'plan' | 'failing' | 'shrunk', episodes: readonly Episode[]): string {
    const file = join(this.#run.path, `${name}.json`)
    writeFileSync(file, `${JSON.stringify({ ...this.#plan, episodes }, null, 2)}\n`)
    return file
  }

  /** Writes the journal; after each episode, so that a run that is killed leaves one too. */
  writeJournal(played: readonly PlayedEpisode[]): void {
    const { seed, minutes } = this.#plan
    const journal: Journal = {
      run: this.#run.name,
      startedAt: this.#startedAt.toISOString(),
      driver: this.#driver,
      about: { ...this.#about, seed: String(seed), minutes: String(minutes) },
      scenarios: played.map(({ result }) => result),
    }
    writeFileSync(join(this.#run.path, 'journal.json'), `${JSON.stringify(journal, null, 2)}\n`)
  }

  /** Makes the report of the journal that was written last. Returns its path. */
  writeReport(): string {
    return writeReport(this.#run.path).report
  }
}
