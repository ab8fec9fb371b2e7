import type { Static } from 'typebox'
import { checkerOf } from '../checker.ts'
import Type from '../type.ts'
import { newId } from './ids.ts'

/** `typ` in the header of every access token (RFC 9068 section 2.1). */
export const ACCESS_TOKEN_TYPE = 'at+jwt'
/** `client_id` of every token (RFC 9068 section 2.2): there are first-party clients alone, and they share it. */
const CLIENT_ID = 'tokenforge'
/** A token's life is shortened by up to this fraction, so that a mass login does not become a mass refresh. */
const JITTER = 0.05
/** How far the clock of another instance may be ahead, in seconds. */
const SKEW_S = 5
const MAX_LENGTH = 8192
const SHAPE = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/

const Seconds = Type.Integer({ minimum: 0, maximum: 253402300799 })

/** Claims of an access token (RFC 9068 section 2.2). Times are seconds since the epoch (NumericDate). */
export const AccessClaimsSchema = Type.Object({
  iss: Type.String(),
  aud: Type.Union([Type.String(), Type.Array(Type.String(), { minItems: 1 })]),
  sub: Type.String({ minLength: 1 }),
  client_id: Type.String(),
  iat: Seconds,
  exp: Seconds,
  jti: Type.String({ minLength: 1 }),
  sid: Type.String({ minLength: 1 }),
  email: Type.String(),
  roles: Type.Array(Type.String()),
  auth_time: Seconds,
})
export type AccessClaims = Static<typeof AccessClaimsSchema>

const fit = checkerOf(AccessClaimsSchema)

export interface AccessTokenSettings {
  readonly issuer: string
  readonly audiences: readonly string[]
  /** Milliseconds. */
  readonly accessTokenTtl: number
}

/** Whom and what a token is for. `authTime` is when the session began, in milliseconds since the epoch. */
export interface Subject {
  readonly userId: string
  readonly sessionId: string
  readonly email: string
  readonly roles: readonly string[]
  readonly authTime: number
}

/**
 * Makes the claims of a new access token.
 *
 * @param random a number from 0 up to 1
 */
export function makeClaims(
  subject: Subject,
  settings: AccessTokenSettings,
  nowMs: number,
  random: number,
): AccessClaims {
  const iat = Math.floor(nowMs / 1000)
  const life = Math.max(1, Math.floor((settings.accessTokenTtl / 1000) * (1 - JITTER * random)))
  const [audience = '', ...more] = settings.audiences
  return {
    iss: settings.issuer,
    aud: more.length === 0 ? audience : [audience, ...more],
    sub: subject.userId,
    client_id: CLIENT_ID,
    iat,
    exp: iat + life,
    jti: newId(nowMs),
    sid: subject.sessionId,
    email: subject.email,
    roles: [...subject.roles],
    auth_time: Math.floor(subject.authTime / 1000),
  }
}

/** True when a text can be an access token at all; checked before anything is decoded (RFC 8725bis section 3.14). */
export function looksLikeAccessToken(text: string): boolean {
  return text.length <= MAX_LENGTH && SHAPE.test(text) && isCanonicalBase64url(text.slice(text.lastIndexOf('.') + 1))
}

/** The unused low bits of the last character must be zero, or one signature has several spellings. */
function isCanonicalBase64url(text: string): boolean {
  return Buffer.from(text, 'base64url').toString('base64url') === text
}

/** Whether every claim has its form; issuer, audience, type and algorithm are checked where the signature is. */
export function areClaims(claims: unknown): claims is AccessClaims {
  return fit(claims)
}

/** Whether a token is neither from the future nor expired. */
export function isInTime(claims: AccessClaims & { readonly nbf?: unknown }, nowMs: number): boolean {
  const now = nowMs / 1000
  const notBefore = 'nbf' in claims ? claims.nbf : claims.iat
  return typeof notBefore === 'number' && notBefore <= now + SKEW_S && claims.iat <= now + SKEW_S && claims.exp > now
}
