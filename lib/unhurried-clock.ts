import type { Clock } from './clock.ts'

/**
 * A clock for what may be forgotten too late, but not too early: it goes back with the wall clock at once, and forward no
 * faster than time passes. A jump forward that has lasted for `settleMs` milliseconds counts as a correction.
 */
export function unhurried(clock: Clock, settleMs: number): Clock {
  let wall = clock.now()
  let at = clock.monotonic()
  let aheadSince: number | null = null
  return {
    monotonic: () => clock.monotonic(),
    now() {
      const real = clock.now()
      const passed = clock.monotonic()
      const due = wall + passed - at
      if (real > due) {
        aheadSince ??= passed
        if (passed - aheadSince < settleMs) return due
      }
      aheadSince = null
      wall = real
      at = passed
      return real
    },
  }
}
