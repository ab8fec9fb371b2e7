import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ScenarioResult } from '../report/journal.ts'

/** Where a run writes: `history.ndjson`, the logs of the servers, a result for each scenario, and the report. */
export interface RunFolder {
  /** `2026-01-31T12-00-00-docker`. */
  readonly name: string
  readonly path: string
  readonly historyFile: string
}

/** Makes the folder of a new run. */
export function makeRunFolder(results: string, label: string, now = new Date()): RunFolder {
  const name = `${now.toISOString().slice(0, 19).replaceAll(':', '-')}-${label}`
  return openRunFolder(join(results, name))
}

export function openRunFolder(path: string): RunFolder {
  mkdirSync(path, { recursive: true })
  return { name: path.split(/[/\\]/).at(-1) ?? path, path, historyFile: join(path, 'history.ndjson') }
}

/** What a scenario leaves for the journal: its result, and what its lab consisted of. */
export interface Played {
  readonly result: ScenarioResult
  readonly about: Readonly<Record<string, string>>
}

export function writePlayed({ path }: RunFolder, played: Played): void {
  writeFileSync(join(path, `${played.result.name}.json`), `${JSON.stringify(played, null, 2)}\n`)
}

/** `undefined` when the scenario did not come to its end. */
export function readPlayed({ path }: RunFolder, scenario: string): Played | undefined {
  const file = join(path, `${scenario}.json`)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Played) : undefined
}
