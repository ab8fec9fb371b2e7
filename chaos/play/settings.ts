/** Budgets so wide that a load from one address never spends them. */
const WIDE = { LOGIN_RATE_LIMIT: '1000000/1m' }

/** The server as it comes: a window of 10 s, half-open after 30 s, bcrypt at its default cost. */
export const DEFAULTS = { ...WIDE }

/** The same rules in a tenth of the time. */
export const BRISK = {
  ...WIDE,
  BREAKER_WINDOW: '2s',
  BREAKER_HALF_OPEN_AFTER: '2s',
  HEALTH_PROBE_INTERVAL: '500ms',
  BCRYPT_COST: '4',
}

/** How long after the heal a breaker may take to close: the wait for half-open, and a probe. Milliseconds. */
export const DEFAULT_BACK_MS = 31_500
export const BRISK_BACK_MS = 5_000
