import { randomInt } from 'node:crypto'
import { relative } from 'node:path'
import { selectDriver } from '../lab/drivers/select.ts'
import { UsageError } from '../runner/arguments.ts'
import { makeRunFolder } from '../runner/run-folder.ts'
import { type Arguments, readArguments, USAGE } from './arguments.ts'
import { makePlan } from './make-plan.ts'
import type { Plan } from './plan.ts'
import { readPlan } from './read-plan.ts'
import { listenForEnd } from './signals.ts'
import { soak } from './soak.ts'

// `npm run chaos:soak`: random faults from a seed, under random load, until the time is up or something does not hold.

const SEEDS = 2 ** 32

async function main(args: Arguments): Promise<number> {
  const { source, results, mutation } = args
  const plan = 'plan' in source ? readPlan(source.plan) : makePlan(source.seed ?? randomInt(SEEDS), source.minutes)
  print(`seed ${plan.seed}: ${commandFor(args, plan)}`)
  const driver = await selectDriver()
  const run = makeRunFolder(results, `${driver}-soak`)
  print(`driver ${driver}, results in ${run.path}`)
  using end = listenForEnd(() => print('\nending: what was played is healed and judged; once more ends it at once'))
  return await soak(plan, {
    ...args,
    driver,
    run,
    end,
    say: print,
    command: (file) => commandWith(`--plan ${here(file)}`, mutation),
  })
}

function commandFor({ source, mutation }: Arguments, { seed, minutes }: Plan): string {
  return commandWith('plan' in source ? `--plan ${source.plan}` : `--minutes ${minutes} --seed ${seed}`, mutation)
}

/** The command that plays it again. */
function commandWith(what: string, mutation: string | undefined): string {
  return `npm run chaos:soak -- ${what}${mutation === undefined ? '' : ` --mutation ${mutation}`}`
}

/** A path that is short to read, and can be pasted. */
function here(file: string): string {
  const short = relative(process.cwd(), file)
  return short.startsWith('..') ? file : short
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

async function codeOf(args: readonly string[]): Promise<number> {
  try {
    return await main(readArguments(args))
  } catch (error) {
    const text = error instanceof UsageError ? `${error.message}\n\n${USAGE}` : (error as Error).message
    process.stderr.write(`${text}\n`)
    return 2
  }
}

// At once: all is closed and written by now, and Node 24 was seen to spin for ever while it took down what was left.
process.exit(await codeOf(process.argv.slice(2)))
