import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ReportFile } from '../../../lib/transfer/report-file.ts'
import { temporaryFolder } from '../../fixtures/temporary-folder.ts'

const one = { line: 1, reason: 'one' }
const two = { line: 2, reason: 'two' }
const text = (...refusals: object[]) => refusals.map((each) => `${JSON.stringify(each)}\n`).join('')

t.test('lines that were reported but whose batch was not done are reported once', async (t) => {
  const path = join(temporaryFolder(t), 'report')
  let bytes = 0
  {
    await using report = await ReportFile.open(path, null)
    await report.add([one])
    bytes = report.bytes
    await report.add([two, two])
  }
  t.equal(readFileSync(path, 'utf8'), text(one, two, two))
  t.equal(statSync(path).mode & 0o777, 0o600)
  {
    await using report = await ReportFile.open(path, bytes)
    await report.add([two])
    await report.add([])
  }
  t.equal(readFileSync(path, 'utf8'), text(one, two))
})

t.test('a report that was moved away begins anew', async (t) => {
  const path = join(temporaryFolder(t), 'report')
  for (const there of [undefined, 'less']) {
    if (there !== undefined) writeFileSync(path, there)
    await using report = await ReportFile.open(path, 100)
    t.equal(report.bytes, 0)
    await report.add([one])
  }
  t.equal(readFileSync(path, 'utf8'), text(one))
})

t.test('what somebody else has written is not overwritten, an empty file is', async (t) => {
  const path = join(temporaryFolder(t), 'report')
  writeFileSync(path, 'mine')
  await t.rejects(ReportFile.open(path, null), { code: 'EEXIST' })
  t.equal(readFileSync(path, 'utf8'), 'mine')
  writeFileSync(path, '')
  {
    await using report = await ReportFile.open(path, null)
    t.equal(report.bytes, 0)
  }
  t.notOk(existsSync(path), 'a report of nothing does not stay')
})
