import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openLab } from '../lab/open-lab.ts'
import { keepInStep } from '../tables/marked.ts'
import { type Measured, measureRow } from './measure.ts'
import { answersIn, renderTable } from './render.ts'
import { rowsOf } from './rows.ts'
import { violations } from './verdict.ts'

const USAGE = `usage: npm run outage-table [-- OPTION ...]
  --only TEXT  only the faults whose name contains TEXT, for instance "Redis frozen"
  --write      put the table into the README
  --check      fail when the README tells other answers than were measured`

const README = { file: join(import.meta.dirname, '../../README.md'), command: 'outage-table', essence: answersIn }
/** Short, so that a run takes minutes: the ratio and the rules are those of the defaults. */
const SETTINGS = {
  BREAKER_WINDOW: '2s',
  BREAKER_HALF_OPEN_AFTER: '2s',
  BCRYPT_COST: '6',
  LOGIN_RATE_LIMIT: '100000/1m',
  ACCOUNT_RATE_LIMIT: '100000/1m',
  LOG_LEVEL: 'error',
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { only: { type: 'string', default: '' }, write: { type: 'boolean' }, check: { type: 'boolean' } },
  })
  await using lab = await openLab({ driver: 'local', settings: SETTINGS })
  const rows = rowsOf(lab).filter((row) => `${row.at} ${row.fault.name}`.includes(values.only))
  const measured: Measured[] = []
  const wrong: string[] = []
  for (const [i, row] of rows.entries()) {
    process.stderr.write(`${i + 1}/${rows.length} ${row.at} ${row.fault.name}\n`)
    const one = await measureRow(lab, row)
    measured.push(one)
    wrong.push(...violations(one))
  }
  const table = renderTable(measured)
  process.stdout.write(`${table}\n\n`)
  wrong.push(...keepInStep(README, table, values))
  for (const line of wrong) process.stdout.write(`violation: ${line}\n`)
  process.stdout.write(`${rows.length} faults, ${wrong.length} violations\n`)
  return wrong.length === 0 && rows.length > 0 ? 0 : 1
}

try {
  process.exitCode = await main()
} catch (error) {
  const isUsage = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
  process.stderr.write(
    isUsage ? `${error.message}\n${USAGE}\n` : `the outage table failed: ${(error as Error).stack}\n`,
  )
  process.exitCode = 1
}
