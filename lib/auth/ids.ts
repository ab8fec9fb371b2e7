import { v7, validate, version } from 'uuid'

/** A new UUIDv7 (RFC 9562 section 5.7): sorts by the time it was made. */
export function newId(nowMs: number): string {
  return v7({ msecs: nowMs })
}

/** The time at which a UUIDv7 was made, in milliseconds since the epoch. */
export function idTime(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
}

export function isId(text: string): boolean {
  return validate(text) && version(text) === 7
}
