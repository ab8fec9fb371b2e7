import type { InvalidReason, UncheckableReason } from './errors.ts'

/** What was counted since the start. */
export interface Counts {
  valid: number
  readonly invalid: Partial<Record<InvalidReason, number>>
  readonly uncheckable: Record<UncheckableReason, number>
  /** Questions to the issuer, by what was asked for. */
  readonly answers: { keys: number; revocations: number }
  readonly faults: { keys: number; revocations: number; snapshot: number; listener: number }
}

export function newCounts(): Counts {
  return {
    valid: 0,
    invalid: {},
    // All of them from the start: a series that begins at 1 has never increased, and raises no alert.
    uncheckable: {
      no_keys: 0,
      unknown_key: 0,
      keys_void: 0,
      keys_stale: 0,
      revocations_stale: 0,
      internal: 0,
      closed: 0,
    },
    answers: { keys: 0, revocations: 0 },
    faults: { keys: 0, revocations: 0, snapshot: 0, listener: 0 },
  }
}
