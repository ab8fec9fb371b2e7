import type { BreakerState } from './auth-api.ts'

/** The auth server gave no answer, or was not asked because it gave none before. Says nothing about who asked. */
export class AuthUnavailable extends Error {
  override readonly name = 'AuthUnavailable'
  readonly breaker: BreakerState
  /** Whole seconds, at least 1. */
  readonly retryAfterS: number

  constructor(breaker: BreakerState, retryAfterMs: number, options?: ErrorOptions) {
    super('The auth server can not be reached', options)
    this.breaker = breaker
    this.retryAfterS = Math.max(1, Math.ceil(retryAfterMs / 1000))
  }
}
