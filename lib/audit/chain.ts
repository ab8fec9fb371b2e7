import { createHmac, hkdfSync } from 'node:crypto'
import type { AuditEvent } from './event.ts'

const KEY_BYTES = 32
const ACCOUNT_LENGTH = 22

/** What the chain begins with. */
export const GENESIS = Buffer.alloc(32)

/** Keys of the audit log: who has Postgres alone can make no valid row. */
export interface AuditKeys {
  readonly chain: Buffer
  readonly account: Buffer
}

/** @param auditKey 32 bytes, from the settings or by `auditKeyOf` */
export function auditKeys(auditKey: Buffer): AuditKeys {
  return { chain: derive(auditKey, 'audit-chain'), account: derive(auditKey, 'audit-account') }
}

/** The key of the audit log where none is set. It must be set before the key-encryption key that it comes from is changed. */
export function auditKeyOf(keyEncryptionKey: Buffer): Buffer {
  return derive(keyEncryptionKey, 'audit')
}

/** HKDF (RFC 5869). */
function derive(from: Buffer, name: string): Buffer {
  return Buffer.from(hkdfSync('sha256', from, '', `tokenforge/${name}/1`, KEY_BYTES))
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
