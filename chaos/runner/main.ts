import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { RunClock } from '../history/clock.ts'
import { selectDriver } from '../lab/drivers/select.ts'
import type { DriverName } from '../lab/lab.ts'
import { writeReport } from '../report/write.ts'
import { type Arguments, readArguments, scenarioFile, scenarioNames, USAGE, UsageError } from './arguments.ts'
import { withOrders } from './orders.ts'
import { resumeOnEnter } from './pause.ts'
import { progress } from './progress.ts'
import { makeRunFolder } from './run-folder.ts'
import { runTap } from './tap.ts'
import { writeJournal } from './write-journal.ts'

// `npm run chaos`: plays the scenarios, writes the report, and ends with one plain line with the numbers.

async function main(args: Arguments): Promise<number> {
  if (args.list) {
    for (const name of scenarioNames()) print(name)
    return 0
  }
  const { pauseAfterFault, named, target } = args
  const driver: DriverName = target === undefined ? await selectDriver() : 'deployment'
  const startedAt = new Date()
  const run = makeRunFolder(args.results, driver, startedAt)
  print(`driver ${driver}, results in ${run.path}`)
  const ending = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => ending.abort())
  using _enter = pauseAfterFault ? resumeOnEnter(run.path) : undefined
  const orders = { driver, runFolder: run.path, origin: new RunClock().origin, pauseAfterFault, named }
  const show = progress()
  const log = createWriteStream(join(run.path, 'output.tap'))
  const played = await runTap(
    args.scenarios.map(scenarioFile),
    { ...process.env, ...withOrders(target === undefined ? orders : { ...orders, target }) },
    (line) => {
      log.write(`${line}\n`)
      process.stdout.write(show(line))
    },
    ending.signal,
  )
  await new Promise((done) => log.end(done))
  writeJournal(run, { startedAt, driver, scenarios: args.scenarios })
  const { report } = writeReport(run.path)
  print(`\nreport: ${report}`)
  if (played.skipped > 0) print(`${played.skipped} skipped`)
  print(`${played.passed} passed, ${played.failed} failed`)
  return played.failed === 0 ? 0 : 1
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

try {
  process.exitCode = await main(readArguments(process.argv.slice(2)))
} catch (error) {
  const text = error instanceof UsageError ? `${error.message}\n\n${USAGE}` : (error as Error).message
  process.stderr.write(`${text}\n`)
  process.exitCode = 2
}
