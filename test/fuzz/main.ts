import { parseArgs } from 'node:util'
import { graveLines, PROPERTIES, tryProperty } from './run.ts'
import { openFuzzWorld } from './world.ts'

const USAGE = `usage: npm run fuzz [-- OPTION ...]
  --cases N  how many cases in all (20000)
  --seed S   a run with the same seed tries the same; also FUZZ_SEED. A new one when it is left out`

const MAX_SEED = 0x7fff_ffff

async function main(): Promise<number> {
  const { FUZZ_SEED = String(Math.floor(Math.random() * MAX_SEED)) } = process.env
  const { values } = parseArgs({
    options: { cases: { type: 'string', default: '20000' }, seed: { type: 'string', default: FUZZ_SEED } },
  })
  const [cases, seed] = [Number(values.cases), Number(values.seed)]
  if (!(Number.isInteger(cases) && cases > 0 && Number.isInteger(seed)))
    throw new TypeError('--cases and --seed take numbers')
  print(`seed ${seed}`)
  await using stack = new AsyncDisposableStack()
  const world = await openFuzzWorld({ teardown: (end) => void stack.defer(async () => void (await end())) })
  let tried = 0
  let failed = 0
  for (const property of PROPERTIES) {
    const begin = performance.now()
    const outcome = await tryProperty(world, property, cases, seed)
    const seconds = ((performance.now() - begin) / 1000).toFixed(1)
    tried += outcome.cases
    if (outcome.failure !== undefined) failed += 1
    print(
      `${outcome.failure === undefined ? 'ok    ' : 'FAILED'} ${outcome.cases} cases, ${seconds} s: ${property.name}`,
    )
    if (outcome.failure !== undefined) print(outcome.failure)
  }
  const grave = graveLines(world)
  for (const line of grave) print(`in the log: ${JSON.stringify(line)}`)
  print(`${tried} cases, seed ${seed}`)
  print(`${PROPERTIES.length - failed} passed, ${failed + Math.min(1, grave.length)} failed`)
  return failed === 0 && grave.length === 0 ? 0 : 1
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

try {
  process.exitCode = await main()
} catch (error) {
  const isUsage = error instanceof TypeError
  process.stderr.write(isUsage ? `${error.message}\n${USAGE}\n` : `failed: ${(error as Error).stack}\n`)
  process.exitCode = 1
}
