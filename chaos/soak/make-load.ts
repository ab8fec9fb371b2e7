import type { Action } from '../workload/actions.ts'
import type { Mix } from '../workload/open-loop.ts'
import type { Dice } from './dice.ts'
import type { LoadStep } from './plan.ts'

/** What clients do before the faults and after them: nothing but what must go well. */
export const STEADY: Mix = { register: 2, login: 3, refresh: 12, verify: 40, me: 10, jwks: 5, logout: 2, live: 3 }

/** The same in the middle of it, with attempts that must be refused: wrong passwords, ended sessions, voided tokens. */
const BASE: Mix = { ...STEADY, logout: 1, guess: 2, verify_ended: 3, refresh_ended: 1, verify_voided: 3 }

/** How the crowd's mood changes it; what is not named stays. */
const MOODS: Readonly<Record<string, Mix>> = {
  ordinary: {},
  quiet: { verify: 0.3, refresh: 0.3, me: 0.3, register: 0.5, login: 0.5 },
  'many verifications': { verify: 4, me: 2 },
  'many refreshes': { refresh: 4 },
  'many logins': { login: 4, register: 4 },
  'many logouts': { logout: 5, verify_ended: 3, refresh_ended: 3 },
  'many guesses': { guess: 5 },
}

const STEP_MS = [4_000, 20_000] as const
/** How much an operation's rate differs from its mood's. */
const JITTER_PERCENT = [60, 160] as const

/** A load whose mix changes every few seconds, for so many milliseconds. */
export function makeLoad(dice: Dice, ms: number): LoadStep[] {
  const steps: LoadStep[] = []
  for (let at = 0; at < ms; at += dice.between(...STEP_MS)) {
    const mood = steps.length === 0 ? 'ordinary' : dice.pick(Object.keys(MOODS))
    steps.push({ at, mood, mix: mixOf(mood, dice) })
  }
  return steps
}

function mixOf(mood: string, dice: Dice): Record<string, number> {
  const factors = MOODS[mood] ?? {}
  const rates = (Object.entries(BASE) as [Action, number][]).map(([action, rate]) => {
    const factor = (factors[action] ?? 1) * (dice.between(...JITTER_PERCENT) / 100)
    return [action, Math.round(rate * factor * 10) / 10] as const
  })
  return Object.fromEntries(rates)
}
