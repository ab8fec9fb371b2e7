import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { passes } from '../checks/verdict.ts'
import { RunClock } from '../history/clock.ts'
import { selectDriver } from '../lab/drivers/select.ts'
import { scenarioFile } from '../runner/arguments.ts'
import { RESULTS, withOrders } from '../runner/orders.ts'
import { makeRunFolder, openRunFolder, readPlayed } from '../runner/run-folder.ts'
import { runTap } from '../runner/tap.ts'
import { MUTATIONS, type Mutation, mutationNamed } from './mutations.ts'

// `npm run chaos:mutations`: the harness can fail. Each known mistake is built into the server, its scenario is played, and
// the check that should notice must be among those that did.

const USAGE = `usage: npm run chaos:mutations [-- NAME ...]
  NAME  only these: ${MUTATIONS.map(({ name }) => name).join(', ')}`

async function main(names: readonly string[]): Promise<number> {
  const chosen = names.length > 0 ? names.map(mutationNamed) : MUTATIONS
  const driver = await selectDriver()
  const { path: folder } = makeRunFolder(RESULTS, `${driver}-mutations`)
  print(`driver ${driver}, results in ${folder}`)
  let caught = 0
  for (const mutation of chosen) {
    const [noticed, others] = await play(mutation, driver, folder)
    if (noticed) caught += 1
    const { name, breaks, scenario, caughtBy } = mutation
    print(`${noticed ? 'caught' : 'MISSED'}  ${name}: ${breaks}`)
    print(
      `        ${scenario}: ${caughtBy} ${noticed ? 'noticed' : 'did not notice'}; noticed: ${others.join(', ') || 'nothing'}`,
    )
  }
  print(`${caught} passed, ${chosen.length - caught} failed`)
  return caught === chosen.length ? 0 : 1
}

/** Returns whether the check that should notice did, and the names of all that did. */
async function play(
  { name, scenario, caughtBy }: Mutation,
  driver: 'docker' | 'local',
  folder: string,
): Promise<[boolean, string[]]> {
  const run = openRunFolder(join(folder, name))
  const orders = { driver, runFolder: run.path, origin: new RunClock().origin, pauseAfterFault: false, mutation: name }
  const log = createWriteStream(join(run.path, 'output.tap'))
  await runTap([scenarioFile(scenario)], { ...process.env, ...withOrders(orders) }, (line) => log.write(`${line}\n`))
  await new Promise((done) => log.end(done))
  const verdicts = readPlayed(run, scenario)?.result.verdicts ?? []
  const noticed = verdicts.filter((verdict) => !passes(verdict)).map(({ check }) => check)
  return [noticed.includes(caughtBy), noticed]
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

try {
  process.exitCode = await main(parseArgs({ allowPositionals: true }).positionals)
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n${USAGE}\n`)
  process.exitCode = 2
}
