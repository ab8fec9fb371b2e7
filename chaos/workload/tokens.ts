import type { RunClock } from '../history/clock.ts'
import { fingerprint } from '../history/history.ts'

/** A token and its name in the history. */
export interface Token {
  readonly token: string
  readonly fingerprint: string
}

/** An access token and what its text says, unproved. */
export interface AccessToken extends Token {
  readonly kid: string
  /** Its `exp`, on the run's clock. */
  readonly expires: number
}

/** What a login and a refresh give. */
export interface Grant {
  readonly sessionId: string
  /** Id and email of the account, from the access token. */
  readonly account: string
  readonly user: string
  readonly access: AccessToken
  readonly refresh: Token
}

/** Names a token. */
export function named(token: string): Token {
  return { token, fingerprint: fingerprint(token) }
}

/**
 * Reads a token answer of the HTTP contract.
 *
 * @throws Error when it is none
 */
export function readGrant(body: unknown, clock: RunClock): Grant {
  const { access_token, refresh_token, session_id } = body as Record<string, unknown>
  if (typeof access_token !== 'string' || typeof refresh_token !== 'string' || typeof session_id !== 'string') {
    throw new TypeError('not a token answer')
  }
  const access = readAccessToken(access_token, clock)
  const { sub, email } = access.claims
  if (typeof sub !== 'string' || typeof email !== 'string') throw new TypeError('an access token without its subject')
  return { sessionId: session_id, account: sub, user: email, access, refresh: named(refresh_token) }
}

/** Reads an access token, which may be a forged one. @throws Error when it has not the form of a JWT */
export function readAccessToken(token: string, clock: RunClock): AccessToken & { claims: Record<string, unknown> } {
  const [header = '', payload = ''] = token.split('.')
  const { kid } = decode(header)
  const claims = decode(payload)
  if (typeof kid !== 'string' || typeof claims.exp !== 'number') throw new TypeError('not an access token')
  return { ...named(token), kid, expires: clock.fromEpoch(claims.exp * 1000), claims }
}

function decode(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, 'base64url').toString())
}
