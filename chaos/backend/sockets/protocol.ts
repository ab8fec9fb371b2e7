// What is said on a socket: JSON texts, each an object with a `type`. The README has the same as a table for clients.

/** Why this service closes a socket: code (RFC 6455 section 7.4.2: 4000 to 4999 are the application's) and reason. */
export const CLOSE = {
  badMessage: { code: 4400, reason: 'bad_message' },
  /** The session is over, or the key that signed its token is void. */
  revoked: { code: 4401, reason: 'revoked' },
  /** A token of another user or another session was presented. */
  otherSession: { code: 4403, reason: 'other_session' },
  /** The token has expired, and no fresh one came within the grace. */
  expired: { code: 4408, reason: 'token_expired' },
  /** This service ends; RFC 6455 section 7.4.1. */
  goingAway: { code: 1001, reason: 'going_away' },
} as const
export type Closing = (typeof CLOSE)[keyof typeof CLOSE]

/** What a client may say. */
export type ClientMessage =
  | { readonly type: 'ping'; readonly id: string | number }
  | { readonly type: 'token'; readonly token: string }

/** What it is told. Times are ISO 8601. */
export type ServerMessage =
  | { readonly type: 'welcome'; readonly connection: string; readonly expires_at: string }
  | { readonly type: 'pong'; readonly id: string | number; readonly connection: string }
  | { readonly type: 'token_accepted'; readonly expires_at: string }
  /** The socket goes on with the token that it has; `retry_after` in seconds. */
  | { readonly type: 'token_refused'; readonly code: 'invalid_token' | 'busy' }
  | { readonly type: 'token_refused'; readonly code: 'uncheckable'; readonly retry_after: number }

const LONGEST_ID = 64

/** Undefined when it is none. */
export function readMessage(text: string): ClientMessage | undefined {
  const { type, id, token } = parse(text)
  if (type === 'token' && typeof token === 'string') return { type, token }
  const isId = typeof id === 'number' || (typeof id === 'string' && id.length <= LONGEST_ID)
  return type === 'ping' && isId ? { type, id } : undefined
}

function parse(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}
