import { randomUUID } from 'node:crypto'

const SHAPE = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i

/**
 * A new UUIDv7 (RFC 9562 section 5.7): sorts by the time it was made. The rest of it is that of a version 4 (section 5.4),
 * whose random bits are in the same places.
 *
 * @param nowMs milliseconds since the epoch, below 2^48
 */
export function newId(nowMs: number): string {
  const time = Math.floor(nowMs).toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
}

/** The time at which a UUIDv7 was made, in milliseconds since the epoch. */
export function idTime(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
}

export function isId(text: string): boolean {
  return SHAPE.test(text)
}

/** The 16 bytes of an id (RFC 9562 section 4). */
export function idBytes(id: string): Buffer {
  return Buffer.from(id.replaceAll('-', ''), 'hex')
}

/** The id that 16 bytes are. */
export function idOfBytes(bytes: Buffer): string {
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
