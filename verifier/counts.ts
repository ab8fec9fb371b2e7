import type { InvalidTokenError, UncheckableTokenError } from './errors.ts'

/** What was counted since the start. */
export interface Counts {
  valid: number
  readonly invalid: Partial<Record<InvalidTokenError['reason'], number>>
  readonly uncheckable: Partial<Record<UncheckableTokenError['reason'], number>>
  /** Questions to the issuer, by what was asked for. */
  readonly answers: { keys: number; revocations: number }
  readonly faults: { keys: number; revocations: number; snapshot: number; listener: number }
}

export function newCounts(): Counts {
  return {
    valid: 0,
    invalid: {},
    uncheckable: {},
    answers: { keys: 0, revocations: 0 },
    faults: { keys: 0, revocations: 0, snapshot: 0, listener: 0 },
  }
}
