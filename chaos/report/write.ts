import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HistoryEvent } from '../history/events.ts'
import type { Journal } from './journal.ts'
import { junit } from './junit.ts'
import { readNdjson } from './ndjson.ts'
import { renderReport } from './report.ts'

/** Makes `report.html` and `junit.xml` of a run from what lies in its folder, and returns their paths. */
export function writeReport(folder: string): { readonly report: string; readonly junit: string } {
  const journal = JSON.parse(readFileSync(join(folder, 'journal.json'), 'utf8')) as Journal
  const historyFile = join(folder, 'history.ndjson')
  // A run in which nothing could be played has none.
  const history = existsSync(historyFile) ? readNdjson<HistoryEvent>(historyFile) : []
  const files = { report: join(folder, 'report.html'), junit: join(folder, 'junit.xml') }
  writeFileSync(files.report, renderReport(journal, history))
  writeFileSync(files.junit, junit(journal))
  return files
}
