import type { Verdict } from '../checks/verdict.ts'

/** The summary of a run, `journal.json`; the report is made from it and from the history. */
export interface Journal {
  /** Name of the folder under `chaos/results/`. */
  readonly run: string
  /** RFC 3339. */
  readonly startedAt: string
  readonly driver: 'docker' | 'local' | 'deployment'
  /** Versions and settings worth knowing: node, postgres, redis, seed ... */
  readonly about: Readonly<Record<string, string>>
  readonly scenarios: readonly ScenarioResult[]
}

export interface ScenarioResult {
  readonly name: string
  /** What it shows, one sentence. */
  readonly title: string
  readonly outcome: 'passed' | 'failed' | 'skipped'
  /** Why it was skipped, or the error that ended it early. */
  readonly reason?: string
  /** On the run's clock, in milliseconds. */
  readonly from: number
  readonly to: number
  /** What the scenario asserted on its way. */
  readonly steps: readonly Step[]
  readonly verdicts: readonly Verdict[]
  /** How long things took to come back, against their bounds. */
  readonly recoveries: readonly Recovery[]
}

export interface Step {
  readonly text: string
  readonly ok: boolean
  readonly at: number
  readonly detail?: string
}

export interface Recovery {
  /** For instance `login after Postgres is back`. */
  readonly name: string
  readonly ms: number
  readonly boundMs: number
}
