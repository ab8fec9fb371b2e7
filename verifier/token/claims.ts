import type { AccessClaims } from '../claims.ts'
import { InvalidTokenError } from '../errors.ts'

export interface ClaimsRules {
  /** Undefined: `iss` must be there, but may be anybody. */
  readonly issuer: string | undefined
  readonly audiences: ReadonlySet<string>
  readonly clockToleranceS: number
}

const LATEST = 253_402_300_799
const TEXTS = ['iss', 'sub', 'client_id', 'jti', 'sid']
const TIMES = ['iat', 'exp']

/**
 * Checks the claims by RFC 9068 section 4 and RFC 7519 section 4.1. They may be forged: the signature is another check.
 *
 * @param nowMs milliseconds since the epoch
 * @throws InvalidTokenError
 */
export function checkClaims(claims: Record<string, unknown>, rules: ClaimsRules, nowMs: number): AccessClaims {
  const { issuer, audiences, clockToleranceS } = rules
  if (!isWellFormed(claims)) throw new InvalidTokenError('malformed_claims')
  if (issuer !== undefined && claims.iss !== issuer) throw new InvalidTokenError('wrong_issuer')
  const audience = typeof claims.aud === 'string' ? [claims.aud] : claims.aud
  if (!audience.some((one) => audiences.has(one))) throw new InvalidTokenError('wrong_audience')
  const now = nowMs / 1000
  if (claims.exp + clockToleranceS <= now) throw new InvalidTokenError('expired')
  if (Math.max(claims.iat, claims.nbf ?? 0) > now + clockToleranceS) throw new InvalidTokenError('not_yet_valid')
  return claims
}

function isWellFormed(claims: Record<string, unknown>): claims is AccessClaims {
  const { aud, nbf, auth_time, email, roles, scope } = claims
  return (
    TEXTS.every((name) => isText(claims[name])) &&
    TIMES.every((name) => isTime(claims[name])) &&
    (isText(aud) || (Array.isArray(aud) && aud.length > 0 && aud.every(isText))) &&
    (nbf === undefined || isTime(nbf)) &&
    (auth_time === undefined || isTime(auth_time)) &&
    (email === undefined || typeof email === 'string') &&
    (scope === undefined || typeof scope === 'string') &&
    (roles === undefined || (Array.isArray(roles) && roles.every((role) => typeof role === 'string')))
  )
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

/** NumericDate (RFC 7519 section 2); fractions are allowed there. */
function isTime(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= LATEST
}
