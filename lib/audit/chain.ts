import { createHmac, hkdfSync } from 'node:crypto'
import type { AuditEvent } from './event.ts'

const KEY_BYTES = 32
const ACCOUNT_LENGTH = 22

/** What the chain begins with. */
export const GENESIS = Buffer.alloc(32)

/** Keys of the audit log, by HKDF (RFC 5869) from the key-encryption key: who has Postgres alone can make no valid row. */
export interface AuditKeys {
  readonly chain: Buffer
  readonly account: Buffer
}

export function auditKeys(keyEncryptionKey: Buffer): AuditKeys {
  const derive = (name: string) =>
    Buffer.from(hkdfSync('sha256', keyEncryptionKey, '', `tokenforge/audit-${name}/1`, KEY_BYTES))
  return { chain: derive('chain'), account: derive('account') }
}

/**
 * The hash of a row: HMAC-SHA-256 over the hash of the row before and all that the row holds.
 *
 * @param seq its place in the chain; the first is 1
 */
export function linkHash(key: Buffer, before: Buffer, seq: number, event: AuditEvent): Buffer {
  const { id, at, type, outcome, reason, actor, user_id, session_id, account } = event
  const { address, user_agent, request_id, details } = event
  const who = [reason, actor, user_id, session_id, account]
  const content = JSON.stringify([seq, id, at, type, outcome, ...who, address, user_agent, request_id, details])
  return createHmac('sha256', key).update(before).update(content).digest()
}

/** Proves that the rows up to `seq`, whose hash was `hash`, were deleted by the server itself. */
export function checkpointMac(key: Buffer, seq: number, hash: Buffer): Buffer {
  return createHmac('sha256', key).update(`checkpoint ${seq} `).update(hash).digest()
}

/** Stands for an email without telling it: the same for the same email, and nobody without the key can try emails on it. */
export function accountHash(key: Buffer, email: string): string {
  return createHmac('sha256', key).update(email).digest('base64url').slice(0, ACCOUNT_LENGTH)
}
