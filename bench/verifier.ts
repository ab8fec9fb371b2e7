import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { keepInStep, markdownTable } from '../chaos/tables/marked.ts'
import { ALGORITHMS, makeContest, NAMES } from './verifier/contestants.ts'
import { type Median, medianOf, playRounds, type Rounds, ratioOf, type Turn } from './verifier/rounds.ts'

const USAGE = `usage: npm run bench:verifier [-- OPTION ...]
  --rounds N   how often each has its turn (151)
  --ms N       how long a turn lasts (20)
  --write      put the table into docs/verifying.md
  --check      fail when the verifier is slower than jose`

const PAGE = { file: join(import.meta.dirname, '../docs/verifying.md'), command: 'bench:verifier' }
/** One after another, as a single request is checked; and many at once, as in a busy service. */
const AT_ONCE = [1, 32]
/** What two runs of one thing may differ by. */
const NOISE = 0.05
const [OURS, JOSE, FAST_JWT] = NAMES

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '151' },
      ms: { type: 'string', default: '20' },
      write: { type: 'boolean' },
      check: { type: 'boolean' },
    },
  })
  const [rounds, ms] = [Number(values.rounds), Number(values.ms)]
  if (!(Number.isInteger(rounds) && rounds > 0 && ms > 0)) throw new TypeError('--rounds and --ms take numbers')

  const rows: string[][] = []
  const slow: string[] = []
  for (const alg of ALGORITHMS) {
    await using contest = await makeContest(alg)
    for (const atOnce of AT_ONCE) {
      const played = await playRounds(contest, rounds, ms, atOnce)
      rows.push([alg, String(atOnce), ...NAMES.map((name) => cell(played, name)), ...ratios(played)])
      const { middle } = ratioOf(played, rate, OURS, JOSE)
      if (middle < 1 - NOISE) slow.push(`${alg}, ${atOnce} at once: ${middle.toFixed(2)} times jose's rate`)
    }
  }
  const head = ['algorithm', 'at once', ...NAMES, 'times jose', 'times fast-jwt']
  const table = markdownTable([head, ...rows])
  print(`${table}\n`)
  keepInStep(PAGE, table, values)
  for (const line of slow) print(`slower: ${line}`)
  const cases = ALGORITHMS.length * AT_ONCE.length
  print(`${cases - slow.length} passed, ${slow.length} failed`)
  return values.check && slow.length > 0 ? 1 : 0
}

const rate = ({ perSecond }: Turn) => perSecond

/** Tokens per second, and what one costs. */
function cell(played: Rounds, name: (typeof NAMES)[number]): string {
  const turns = played.map((one) => one[name])
  const perSecond = medianOf(turns.map(rate)).middle
  const cpuUs = medianOf(turns.map((turn) => turn.cpuUs)).middle
  return `${Math.round(perSecond / 100) * 100}/s, ${Math.round(cpuUs)} µs`
}

/** With the half of the rounds around the middle. */
function ratios(played: Rounds): string[] {
  const text = ({ middle, lower, upper }: Median) => `${middle.toFixed(2)} (${lower.toFixed(2)} to ${upper.toFixed(2)})`
  return [text(ratioOf(played, rate, OURS, JOSE)), text(ratioOf(played, rate, OURS, FAST_JWT))]
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
