import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openLab } from '../lab/open-lab.ts'
import { cellsOf, keepInStep } from '../tables/marked.ts'
import { measure } from './measure.ts'
import { BOUNDS, lastOf, renderTable } from './render.ts'

const USAGE = `usage: npm run revoke-all-times [-- OPTION ...]
  --runs N   how often every key is revoked (20)
  --write    put the table into docs/verifying.md
  --check    fail when docs/verifying.md has other rows`

const PAGE = {
  file: join(import.meta.dirname, '../../docs/verifying.md'),
  command: 'revoke-all-times',
  // Times differ from run to run; what must hold is the bound.
  essence: (table: string) => cellsOf(table).map((cells) => [cells[0], cells.at(-1)]),
}
const SETTINGS = { BCRYPT_COST: '4', LOG_LEVEL: 'error', LOGIN_RATE_LIMIT: '100000/1m' }

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { runs: { type: 'string', default: '20' }, write: { type: 'boolean' }, check: { type: 'boolean' } },
  })
  const runs = Number(values.runs)
  if (!(Number.isInteger(runs) && runs > 0)) throw new TypeError('--runs takes a number')
  await using lab = await openLab({ driver: 'local', settings: SETTINGS })
  const measured = await measure(lab, runs, (text) => process.stderr.write(`${text}\n`))
  const table = renderTable(measured)
  process.stdout.write(`${table}\n\n`)
  const wrong = keepInStep(PAGE, table, values)
  for (const { name, kinds, underMs } of BOUNDS) {
    for (const [i, run] of measured.entries()) {
      const lastMs = lastOf(run, kinds)
      if (!(lastMs < underMs)) wrong.push(`run ${i + 1}: ${name}: accepted after ${Math.round(lastMs)} ms`)
    }
  }
  for (const line of wrong) process.stdout.write(`violation: ${line}\n`)
  process.stdout.write(`${Math.max(0, BOUNDS.length * runs - wrong.length)} passed, ${wrong.length} failed\n`)
  return wrong.length === 0 ? 0 : 1
}

try {
  process.exitCode = await main()
} catch (error) {
  const isUsage = error instanceof TypeError
  process.stderr.write(isUsage ? `${error.message}\n${USAGE}\n` : `failed: ${(error as Error).stack}\n`)
  process.exitCode = 1
}
