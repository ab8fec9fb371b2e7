/** What the issuer tells at `/auth/revocations`. Times are milliseconds since the epoch. */
export type RevocationEvent =
  | { readonly type: 'session_revoked'; readonly sessionId: string; readonly expiresAt: number }
  | { readonly type: 'keys_changed'; readonly epoch: number }

const MAX_ID_LENGTH = 256

/** Undefined for an event of another type: a newer issuer may know more. @throws Error when a known one is broken */
export function readEvent(value: unknown): RevocationEvent | undefined {
  if (typeof value !== 'object' || value === null) throw new Error('a revocation event is no object')
  const { type, session_id: sessionId, expires_at: expires, epoch } = value as Record<string, unknown>
  if (type === 'session_revoked') {
    const expiresAt = typeof expires === 'string' ? Date.parse(expires) : Number.NaN
    const isId = typeof sessionId === 'string' && sessionId !== '' && sessionId.length <= MAX_ID_LENGTH
    if (!isId || Number.isNaN(expiresAt)) throw new Error('a session_revoked event is malformed')
    return { type, sessionId, expiresAt }
  }
  if (type === 'keys_changed') {
    if (!Number.isSafeInteger(epoch)) throw new Error('a keys_changed event is malformed')
    return { type, epoch: epoch as number }
  }
  return undefined
}
