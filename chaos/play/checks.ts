import { alwaysHold, holdOfBreakers, holdUnderFaults, revocationHolds } from '../checks/index.ts'
import type { Check } from '../checks/verdict.ts'

const DEFAULT_HALF_OPEN_MS = 30_000
const BRISK_HALF_OPEN_MS = 2_000

/** What holds at all times. */
export const UNHURT: readonly Check[] = [...alwaysHold(), revocationHolds()]

/** What holds when Redis has lost the sessions: nobody is accepted or refused by mistake, and no key is lost. */
export const SESSIONS_LOST: readonly Check[] = alwaysHold({ emptied: true })

/** What holds whatever happens to the dependencies. */
export const WHATEVER_FAILS: readonly Check[] = [...UNHURT, ...holdUnderFaults()]

/** The same, and what holds of the breakers that open: with `BRISK` settings, and with the defaults. */
export const WITH_BREAKERS: readonly Check[] = withBreakers(BRISK_HALF_OPEN_MS)
export const WITH_DEFAULT_BREAKERS: readonly Check[] = withBreakers(DEFAULT_HALF_OPEN_MS)

/** Judgements over what only a lab can see: each change of a breaker, the traffic, the processes and their logs. */
const OF_LABS = new Set([
  'breaker-order',
  'no-io-while-open',
  'one-trial',
  'refused-at-once',
  'same-process',
  'clean-log',
  'secrets-not-logged',
])

/** Whether a check can judge a deployment that the harness did not start. */
export function needsNoLab({ name }: Check): boolean {
  return !OF_LABS.has(name)
}

function withBreakers(halfOpenAfterMs: number): readonly Check[] {
  return [...WHATEVER_FAILS, ...holdOfBreakers({ halfOpenAfterMs })]
}
