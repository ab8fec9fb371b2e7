import { parseArgs } from 'node:util'
import { mutationNamed } from '../mutations/mutations.ts'
import { UsageError } from '../runner/arguments.ts'
import { RESULTS } from '../runner/orders.ts'

export const USAGE = `usage: npm run chaos:soak [-- OPTION ...]

  --minutes M         how long, about (3)
  --seed N            which faults and which load; without it a random one is chosen and printed
  --plan FILE         play a plan of an earlier run again: plan.json, failing.json or shrunk.json of its results
  --shrink-minutes M  how long to look for a shorter plan that fails as well (10); 0: not at all
  --keep-going        go on after an episode that failed
  --results FOLDER    where results go (chaos/results)

  CHAOS_DRIVER=docker|local|auto  what Postgres and Redis run in; auto takes Docker where an engine answers`

const DEFAULT_MINUTES = 3
const DEFAULT_SHRINK_MINUTES = 10
/** A day: beyond it the history of a run is no file that anybody reads. */
const MOST_MINUTES = 24 * 60
const SEEDS = 2 ** 32

export interface Arguments {
  /** A file to read, or what a plan is made from; no seed: a random one. */
  readonly source: { readonly plan: string } | { readonly seed?: number; readonly minutes: number }
  readonly shrinkMinutes: number
  readonly keepGoing: boolean
  readonly results: string
  /** A mistake to build into the server: for showing that the soak finds it. */
  readonly mutation?: string
}

/** @throws UsageError */
export function readArguments(args: readonly string[]): Arguments {
  const { plan, seed, minutes, mutation, ...values } = parsed(args)
  if (plan !== undefined && (seed !== undefined || minutes !== undefined)) {
    throw new UsageError('--plan FILE says it all: no --seed, no --minutes')
  }
  const made = {
    minutes: minutes === undefined ? DEFAULT_MINUTES : minutesOf('--minutes', minutes),
    ...(seed !== undefined && { seed: seedOf(seed) }),
  }
  if (made.minutes === 0) throw new UsageError('--minutes 0: nothing would be played')
  const shrink = values['shrink-minutes']
  return {
    source: plan === undefined ? made : { plan },
    shrinkMinutes: shrink === undefined ? DEFAULT_SHRINK_MINUTES : minutesOf('--shrink-minutes', shrink),
    keepGoing: values['keep-going'] ?? false,
    results: values.results ?? RESULTS,
    ...(mutation !== undefined && { mutation: knownMutation(mutation) }),
  }
}

function minutesOf(name: string, text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (value <= MOST_MINUTES) return value
  throw new UsageError(`${name} ${text}: not a number of minutes up to ${MOST_MINUTES}`)
}

function seedOf(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (value < SEEDS) return value
  throw new UsageError(`--seed ${text}: not a whole number below ${SEEDS}`)
}

function knownMutation(name: string): string {
  try {
    return mutationNamed(name).name
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function parsed(args: readonly string[]) {
  const text = { type: 'string' } as const
  try {
    return parseArgs({
      args: [...args],
      options: {
        minutes: text,
        seed: text,
        plan: text,
        'shrink-minutes': text,
        'keep-going': { type: 'boolean' },
        results: text,
        mutation: text,
      },
    }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
