import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openLab } from '../lab/open-lab.ts'
import { keepInStep } from '../tables/marked.ts'
import { measure } from './measure.ts'
import { ALL, AT_ONCE, renderTable, verdictsIn } from './render.ts'

const USAGE = `usage: npm run jwks-clients [-- OPTION ...]
  --write   put the table into docs/verifying.md
  --check   fail when docs/verifying.md tells something else than was measured`

const PAGE = {
  file: join(import.meta.dirname, '../../docs/verifying.md'),
  command: 'jwks-clients',
  essence: verdictsIn,
}
/** Tokens that outlive the watch: what is judged is what becomes of the keys. */
const SETTINGS = { ACCESS_TOKEN_TTL: '2h', BCRYPT_COST: '4', LOG_LEVEL: 'error' }

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { write: { type: 'boolean' }, check: { type: 'boolean' } } })
  await using lab = await openLab({ driver: 'local', settings: SETTINGS })
  const table = renderTable(await measure(lab, (text) => process.stderr.write(`${text}\n`)))
  process.stdout.write(`${table}\n\n`)
  const wrong = keepInStep(PAGE, table, values)
  const rows = verdictsIn(table)
  const [name, ...cells] = rows.find(([client]) => client?.includes('tokenforge')) ?? []
  for (const cell of cells) if (cell !== ALL && cell !== AT_ONCE) wrong.push(`${name}: ${cell}`)
  for (const line of wrong) process.stdout.write(`violation: ${line}\n`)
  process.stdout.write(
    `${Math.max(0, rows.flat().length - rows.length - wrong.length)} passed, ${wrong.length} failed\n`,
  )
  return wrong.length === 0 ? 0 : 1
}

try {
  process.exitCode = await main()
} catch (error) {
  const isUsage = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
  process.stderr.write(isUsage ? `${error.message}\n${USAGE}\n` : `failed: ${(error as Error).stack}\n`)
  process.exitCode = 1
}
