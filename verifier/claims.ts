/** Claims of an access token that was verified (RFC 9068 section 2.2). Times are seconds since the epoch (NumericDate). */
export interface AccessClaims {
  readonly iss: string
  readonly aud: string | readonly string[]
  /** The user. */
  readonly sub: string
  readonly client_id: string
  readonly iat: number
  readonly exp: number
  readonly jti: string
  /** The session: what a logout revokes. */
  readonly sid: string
  readonly nbf?: number
  readonly auth_time?: number
  readonly email?: string
  readonly roles?: readonly string[]
  readonly scope?: string
  readonly [name: string]: unknown
}
