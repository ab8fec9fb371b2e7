import { execFile } from 'node:child_process'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { keepInStep } from '../../../chaos/tables/marked.ts'
import { cleanEnvironment, nodeCommand } from '../../fixtures/environment.ts'
import { makePostgresTemplate } from '../../fixtures/postgres-template.ts'
import { essenceOf, missingIn, renderTable } from './render.ts'
import { type Result, resultsIn } from './results.ts'

const USAGE = `usage: npm run attacks [-- OPTION ...]
  --write   put the table into docs/security.md
  --check   fail when docs/security.md tells something else than was tried`

const ROOT = join(import.meta.dirname, '../../..')
const PAGE = { file: join(ROOT, 'docs/security.md'), command: 'attacks', essence: essenceOf }
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { write: { type: 'boolean' }, check: { type: 'boolean' } } })
  await using _template = await makePostgresTemplate()
  const results: Result[] = []
  const wrong: string[] = []
  for (const file of globSync('test/security/*.test.ts', { cwd: ROOT }).sort()) {
    process.stderr.write(`${file}\n`)
    const { tap, ended } = await play(file)
    const own = resultsIn(tap)
    results.push(...own)
    for (const { id, tried } of own.filter(({ held }) => !held)) wrong.push(`${id}: ${tried}: npm test -- ${file}`)
    if (!ended && own.every(({ held }) => held)) wrong.push(`npm test -- ${file}`)
  }
  const table = renderTable(results)
  process.stdout.write(`${table}\n\n`)
  for (const id of missingIn(results)) wrong.push(`${id}: no test tries it`)
  wrong.push(...keepInStep(PAGE, table, values))
  for (const line of wrong) process.stdout.write(`violation: ${line}\n`)
  const checks = results.reduce((sum, result) => sum + result.checks, 0)
  process.stdout.write(`${results.length} attacks, ${checks} checks\n`)
  process.stdout.write(`${results.filter(({ held }) => held).length} passed, ${wrong.length} failed\n`)
  return wrong.length === 0 ? 0 : 1
}

/** Runs one file of tests by itself. */
function play(file: string): Promise<{ tap: string; ended: boolean }> {
  const [program, args] = nodeCommand(file)
  const options = { cwd: ROOT, env: cleanEnvironment(), maxBuffer: MAX_OUTPUT_BYTES }
  return new Promise((resolve) => {
    execFile(program, args, options, (error, stdout) => resolve({ tap: stdout, ended: error === null }))
  })
}

try {
  process.exitCode = await main()
} catch (error) {
  const isUsage = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
  process.stderr.write(isUsage ? `${error.message}\n${USAGE}\n` : `failed: ${(error as Error).stack}\n`)
  process.exitCode = 1
}
