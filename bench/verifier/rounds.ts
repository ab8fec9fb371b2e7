import { type Contest, NAMES, type Name } from './contestants.ts'

/** What one turn came to. */
export interface Turn {
  readonly perSecond: number
  /** Of all cores together, in microseconds for each token. */
  readonly cpuUs: number
}

export type Rounds = readonly Readonly<Record<Name, Turn>>[]

export interface Median {
  readonly middle: number
  /** Half of the rounds were between these. */
  readonly lower: number
  readonly upper: number
}

/** Lets them work by turns, in another order each round, so that a machine that grows slow or busy is so for all. */
export async function playRounds(contest: Contest, rounds: number, turnMs: number, atOnce: number): Promise<Rounds> {
  const played: Record<Name, Turn>[] = []
  // The first round is for the compiler.
  for (let round = 0; round <= rounds; round += 1) {
    const turns: Partial<Record<Name, Turn>> = {}
    for (let turn = 0; turn < NAMES.length; turn += 1) {
      const name = NAMES[(round + turn) % NAMES.length] as Name
      turns[name] = await playTurn(contest, name, turnMs, atOnce)
    }
    if (round > 0) played.push(turns as Record<Name, Turn>)
  }
  return played
}

async function playTurn({ tokens, verify }: Contest, name: Name, ms: number, atOnce: number): Promise<Turn> {
  const one = verify[name]
  const cpu = process.cpuUsage()
  const begin = performance.now()
  let done = 0
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (performance.now() - begin < ms) await one(tokens[done++ % tokens.length] as string)
    }),
  )
  const perSecond = (done / (performance.now() - begin)) * 1000
  const { user, system } = process.cpuUsage(cpu)
  return { perSecond, cpuUs: (user + system) / done }
}

export function medianOf(values: readonly number[]): Median {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (q: number) => sorted[Math.floor(sorted.length * q)] ?? Number.NaN
  return { middle: at(0.5), lower: at(0.25), upper: at(0.75) }
}

/** Of what `read` gives, how many times as much the one has as the other, round by round. */
export function ratioOf(rounds: Rounds, read: (turn: Turn) => number, one: Name, other: Name): Median {
  return medianOf(rounds.map((turns) => read(turns[one]) / read(turns[other])))
}
