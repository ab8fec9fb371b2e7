/** What is wrong with a token. For logs and metrics; a client is told `invalid_token` and no more. */
export type InvalidReason =
  | 'malformed'
  | 'unsupported_header'
  | 'wrong_type'
  | 'wrong_algorithm'
  | 'malformed_claims'
  | 'wrong_issuer'
  | 'wrong_audience'
  | 'expired'
  | 'not_yet_valid'
  | 'unknown_key'
  | 'withdrawn_key'
  | 'bad_signature'
  | 'session_revoked'

/** Why nothing can be said of a token at the moment. */
export type UncheckableReason =
  | 'no_keys'
  | 'unknown_key'
  | 'keys_void'
  | 'keys_stale'
  | 'revocations_stale'
  | 'internal'
  | 'closed'

/**
 * The token is proved to be no good: answer 401 with `WWW-Authenticate: Bearer error="invalid_token"` (RFC 6750 section
 * 3.1). The message never holds a part of the token.
 */
export class InvalidTokenError extends Error {
  override readonly name = 'InvalidTokenError'
  readonly code = 'invalid_token'
  readonly reason: InvalidReason

  constructor(reason: InvalidReason) {
    super(`The access token is not valid: ${reason}`)
    this.reason = reason
  }
}

/**
 * The token could not be checked, which says nothing about it: answer 503 with `Retry-After`, and end no session because
 * of it.
 */
export class UncheckableTokenError extends Error {
  override readonly name = 'UncheckableTokenError'
  readonly code = 'uncheckable'
  readonly reason: UncheckableReason
  /** Whole seconds after which another try makes sense, at least 1. */
  readonly retryAfterS: number

  constructor(reason: UncheckableReason, retryAfterMs: number, options?: ErrorOptions) {
    super(`The access token could not be checked: ${reason}`, options)
    this.reason = reason
    this.retryAfterS = Math.max(1, Math.ceil(retryAfterMs / 1000))
  }
}
