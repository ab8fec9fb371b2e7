import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { keepInStep } from '../chaos/tables/marked.ts'
import { baselineOf, check, type Verdict } from './figures/check.ts'
import { Figures } from './figures/figures.ts'
import { figureTable } from './figures/markdown.ts'
import { ratiosOf } from './figures/ratios.ts'
import { keepResult, RESULTS, type Result } from './figures/result.ts'
import { SPECS } from './figures/specs.ts'
import { ratioTable } from './figures/table.ts'
import { keepToClientCore } from './machine/cores.ts'
import { openStores } from './machine/stores.ts'
import { type Options, readOptions, USAGE } from './options.ts'
import { renderPage } from './page/page.ts'
import { progress } from './progress.ts'
import { SCENARIOS } from './scenarios/all.ts'

const PAGE = { file: join(import.meta.dirname, '../docs/performance.md'), command: 'bench' }
const BASELINE = join(RESULTS, 'baseline.json')

async function main(): Promise<number> {
  const options = readOptions(
    process.argv.slice(2),
    SCENARIOS.map(({ name }) => name),
  )
  if (options.list) {
    for (const { name, about } of SCENARIOS) print(`${name.padEnd(12)} ${about}`)
    return 0
  }
  const result = await measure(options)
  print(`${ratioTable(result.ratios)}\n\n${figureTable(result.figures)}\n`)
  if (options.write) keep(result)
  const verdicts = options.check ? check(result.ratios, JSON.parse(readFileSync(BASELINE, 'utf8'))) : []
  return options.check ? report(verdicts) : 0
}

async function measure(options: Options): Promise<Result> {
  keepToClientCore()
  const figures = new Figures()
  const { say, end } = progress(process.stderr)
  await using stores = await openStores()
  const chosen = SCENARIOS.filter(({ name, quick }) => name.includes(options.only) && (quick || !options.quick))
  for (const scenario of chosen) await scenario.run({ ...options, stores, figures, say })
  end()
  const about = { processor: cpus()[0]?.model ?? 'unknown', ...(await stores.about()) }
  const ratios = ratiosOf(SPECS, figures.all())
  return { date: new Date().toISOString(), about, ...options, ratios, figures: figures.all() }
}

/** Keeps a run, its page, and what later runs are compared with; a whole one is also shown in docs/performance.md. */
function keep(result: Result): void {
  const file = keepResult(result)
  writeFileSync(file.replace(/json$/, 'html'), renderPage(result))
  const baseline = baselineOf(result.ratios)
  const stored = existsSync(BASELINE) ? JSON.parse(readFileSync(BASELINE, 'utf8')) : {}
  if (result.quick) writeFileSync(BASELINE, `${JSON.stringify({ ...stored, ...baseline }, undefined, 2)}\n`)
  else keepInStep(PAGE, `${ratioTable(result.ratios)}\n\n${figureTable(result.figures)}`, { write: true })
  print(`kept in ${file}`)
}

function report(verdicts: readonly Verdict[]): number {
  for (const { good, line } of verdicts) print(`${good ? 'ok' : 'FALLEN'}  ${line}`)
  const bad = verdicts.filter(({ good }) => !good).length
  print(`${verdicts.length - bad} passed, ${bad} failed`)
  return bad === 0 && verdicts.length > 0 ? 0 : 1
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

try {
  process.exitCode = await main()
} catch (error) {
  const isUsage = error instanceof TypeError && /parseArgs|readOptions/.test(error.stack ?? '')
  process.stderr.write(isUsage ? `${error.message}\n${USAGE}\n` : `the benchmark failed: ${(error as Error).stack}\n`)
  process.exitCode = 1
}
