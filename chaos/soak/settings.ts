import { BRISK } from '../play/settings.ts'

/**
 * The rules of the server in a tenth of the time, and tokens that expire within an episode: what is forgotten when they
 * do (revocations, retired keys) is forgotten during faults, too.
 */
export const SOAK_SETTINGS = { ...BRISK, ACCESS_TOKEN_TTL: '60s', KEY_RETIREMENT: '3m' }

/** `BREAKER_HALF_OPEN_AFTER` of these. Milliseconds. */
export const HALF_OPEN_AFTER_MS = 2_000
/** Within what time after a heal everything works again: an open breaker's wait, a trial, and what that may take. */
export const BACK_MS = 5_000
/** Connections that the instances may have in Postgres: `POSTGRES_POOL_MAX` each. */
export const POOL_MAX = 10
