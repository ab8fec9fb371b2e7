import { parseArgs } from 'node:util'

export const USAGE = `usage: npm run bench [-- OPTION ...]
  --only NAME   only the scenarios whose name contains NAME (--list names them)
  --quick       short turns, and only what the guard needs (under two minutes)
  --rounds N    how often each has its turn (3; throughput at most 3)
  --write       keep the run and its page in bench/results/; a whole one as the tables of docs/performance.md,
                a quick one as the medians that --check compares with
  --check       fail when a guarded ratio is below two thirds of its stored median
  --list        name the scenarios`

export interface Options {
  readonly only: string
  readonly quick: boolean
  readonly rounds: number
  readonly write: boolean
  readonly check: boolean
  readonly list: boolean
}

const MOST_ROUNDS = 25

/**
 * Reads the options of the command line.
 *
 * @param names of the scenarios
 * @throws TypeError whose message is one line, fit for the terminal
 */
export function readOptions(args: readonly string[], names: readonly string[]): Options {
  const flag = { type: 'boolean', default: false } as const
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...{ quick: flag, write: flag, check: flag, list: flag },
      only: { type: 'string', default: '' },
      rounds: { type: 'string', default: '3' },
    },
  })
  const rounds = Number(values.rounds)
  if (!(Number.isInteger(rounds) && rounds >= 1 && rounds <= MOST_ROUNDS)) {
    throw new TypeError(`--rounds takes a number from 1 to ${MOST_ROUNDS}, not ${values.rounds}`)
  }
  if (!names.some((name) => name.includes(values.only))) throw new TypeError(`no scenario is named ${values.only}`)
  return { ...values, rounds }
}
