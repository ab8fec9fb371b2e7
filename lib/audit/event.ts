import type { Static } from 'typebox'
import { checkerOf } from '../checker.ts'
import Type from '../type.ts'

/** What is written down. */
export const AUDIT_TYPES = [
  'register',
  'login',
  'refresh_reuse',
  'logout',
  'session_end',
  'sessions_end',
  'password_change',
  'keys_rotate',
  'keys_revoke_all',
  'user_disable',
  'user_enable',
  'user_sessions_revoke',
  'user_roles',
  'users_import',
  'users_export',
  'admin_key_refused',
] as const
export type AuditType = (typeof AUDIT_TYPES)[number]

/** `system`: nobody asked for it, the server did it by itself. `unknown`: it was never proved who it was. */
export const AUDIT_ACTORS = ['admin', 'user', 'system', 'unknown'] as const

/** `unknown`: the answer was 503, and whether it was done could not be found out. */
export const AUDIT_OUTCOMES = ['success', 'refused', 'unknown'] as const

const TextOrNull = Type.Union([Type.String(), Type.Null()])
const UuidOrNull = Type.Union([Type.String({ pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' }), Type.Null()])

/** One thing that happened, as it is queued, spilled and stored. It names people by id alone: no email, no token. */
export const AuditEventSchema = Type.Object({
  /** UUIDv7. */
  id: Type.String({ pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$' }),
  /** RFC 3339 in UTC, to the millisecond. */
  at: Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$' }),
  type: Type.Enum([...AUDIT_TYPES]),
  outcome: Type.Enum([...AUDIT_OUTCOMES]),
  /** The code of the answer when it was no success. */
  reason: TextOrNull,
  actor: Type.Enum([...AUDIT_ACTORS]),
  /** Whom it is about. */
  user_id: UuidOrNull,
  session_id: UuidOrNull,
  /** A keyed hash of the email that was given, where no user is known. */
  account: TextOrNull,
  address: Type.String(),
  user_agent: Type.String(),
  request_id: Type.String(),
  /** A JSON object as text. */
  details: TextOrNull,
})
export type AuditEvent = Static<typeof AuditEventSchema>

const isEvent = checkerOf(AuditEventSchema)

/** Reads one line of a spill. Null when it is damaged. */
export function parseAuditEvent(line: string): AuditEvent | null {
  try {
    const event: unknown = JSON.parse(line)
    return isEvent(event) ? event : null
  } catch {
    return null
  }
}
