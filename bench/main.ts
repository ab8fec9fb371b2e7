import { cpus } from 'node:os'
import { Figures } from './figures/figures.ts'
import { ratiosOf } from './figures/ratios.ts'
import { keepResult } from './figures/result.ts'
import { SPECS } from './figures/specs.ts'
import { ratioTable } from './figures/table.ts'
import { keepToClientCore } from './machine/cores.ts'
import { openStores } from './machine/stores.ts'
import { readOptions, USAGE } from './options.ts'
import { progress } from './progress.ts'
import { SCENARIOS } from './scenarios/all.ts'

async function main(): Promise<number> {
  const options = readOptions(
    process.argv.slice(2),
    SCENARIOS.map(({ name }) => name),
  )
  if (options.list) {
    for (const { name, about } of SCENARIOS) print(`${name.padEnd(12)} ${about}`)
    return 0
  }
  keepToClientCore()
  const figures = new Figures()
  const { say, end } = progress(process.stderr)
  await using stores = await openStores()
  const chosen = SCENARIOS.filter(({ name, quick }) => name.includes(options.only) && (quick || !options.quick))
  for (const scenario of chosen) await scenario.run({ ...options, stores, figures, say })
  end()
  const ratios = ratiosOf(SPECS, figures.all())
  print(ratioTable(ratios))
  if (options.write) {
    const about = { ...(await stores.about()), processor: cpus()[0]?.model ?? 'unknown' }
    const kept = { date: new Date().toISOString(), about, ...options, ratios, figures: figures.all() }
    print(`kept in ${keepResult(kept)}`)
  }
  return 0
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

try {
  process.exitCode = await main()
} catch (error) {
  const isUsage = error instanceof TypeError && !(error.stack ?? '').includes('fetch')
  process.stderr.write(isUsage ? `${error.message}\n${USAGE}\n` : `the benchmark failed: ${(error as Error).stack}\n`)
  process.exitCode = 1
}
