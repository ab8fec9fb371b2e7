import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { junit } from '../../../chaos/report/junit.ts'
import { renderReport } from '../../../chaos/report/report.ts'
import { journalOf, scenarioOf } from './events.ts'
import { sample } from './sample.ts'

const MAIN = join(import.meta.dirname, '../../../chaos/report/main.ts')
const run = (...args: string[]) => spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' })

t.test('the command makes the report of a folder again', async (t) => {
  const { journal, history } = sample({ rate: 10 })
  const folder = t.testdir({
    'journal.json': JSON.stringify(journal),
    'history.ndjson': history.map((event) => `${JSON.stringify(event)}\n`).join(''),
  })
  const { status, stdout, stderr } = run(folder)
  t.equal(stderr, '')
  t.equal(status, 0)
  t.equal(stdout, `${join(folder, 'report.html')}\n${join(folder, 'junit.xml')}\n`)
  t.equal(readFileSync(join(folder, 'report.html'), 'utf8'), renderReport(journal, history))
  t.equal(readFileSync(join(folder, 'junit.xml'), 'utf8'), junit(journal))
})

t.test('a run in which nothing could be played has a report, which says why', async (t) => {
  const reason = 'there is no such program'
  const journal = journalOf(scenarioOf({ outcome: 'failed', reason, to: 0 }))
  const folder = t.testdir({ 'journal.json': JSON.stringify(journal) })
  t.match(run(folder), { status: 0, stderr: '' })
  t.ok(readFileSync(join(folder, 'report.html'), 'utf8').includes(`It ended early: ${reason}`))
})

t.test('it says what is wrong', async (t) => {
  t.match(run(), { status: 1, stderr: /^usage: node chaos\/report\/main\.ts FOLDER\n$/ })
  t.match(run('a', 'b'), { status: 1, stderr: /^usage/ })
  t.match(run(t.testdir({})), { status: 1, stdout: '', stderr: /^no report could be made: ENOENT.*journal\.json/ })
})
