import { type Actors, loginAs, registerAs } from './actions.ts'
import { untilKnown } from './again.ts'
import type { Result } from './client.ts'
import { inParallel } from './in-parallel.ts'

export interface Crowd {
  /** Accounts to register. */
  readonly accounts: number
  /** Logins of each account; 1 by default, at most 8. */
  readonly sessionsEach?: number
  /** Accounts for `guess` beside these. */
  readonly victims?: number
}

const AT_ONCE = 4
const WITHIN_MS = 10_000

/**
 * Fills a population before the faults: registers accounts and logs them in.
 *
 * @throws Error when a server that should be whole refuses one
 */
export async function populate(actors: Actors, { accounts, sessionsEach = 1, victims = 0 }: Crowd): Promise<void> {
  const { client, population } = actors
  const made = Array.from({ length: accounts }, () => population.newAccount())
  await inParallel(made, AT_ONCE, async (account) => {
    must(await untilKnown(() => registerAs(account, actors), WITHIN_MS))
    for (let i = 0; i < sessionsEach; i += 1) {
      must(await untilKnown(() => loginAs(account, actors), WITHIN_MS))
    }
  })
  const targets = Array.from({ length: victims }, () => population.newAccount())
  await inParallel(targets, AT_ONCE, async (victim) => {
    must(await untilKnown(() => client.register(victim), WITHIN_MS))
    population.victims.push(victim)
  })
}

function must({ type, operation, status, code, error }: Result<unknown>): void {
  if (type !== 'ok') throw new Error(`populate: ${operation}: ${status ?? error} ${code ?? ''}`)
}
