import { createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto'
import { idBytes, idOfBytes } from './ids.ts'

const PREFIX = 'tfr_'
const BODY_BYTES = 16 + 16 + 4 + 4
const MAC_BYTES = 32
const SHAPE = /^tfr_[A-Za-z0-9_-]{96}$/

/** What a refresh token names: a session of a user, and how often it was refreshed. */
export interface RefreshClaim {
  readonly userId: string
  readonly sessionId: string
  readonly generation: number
}

/**
 * Makes and reads refresh tokens: `tfr_` and base64url of user id, session id, generation, session epoch (32 bits each)
 * and HMAC-SHA-256. The MAC key is HKDF (RFC 5869) of the key-encryption key and the ring's session epoch, so garbage is refused without a
 * look at any store, no store holds a secret, and a new session epoch voids every token at once.
 */
export class RefreshTokens {
  readonly #first: MacKeys
  readonly #accepted: readonly MacKeys[]

  /** @param second another key-encryption key whose tokens are read, but not made */
  constructor(keyEncryptionKey: Buffer, second?: Buffer) {
    this.#first = new MacKeys(keyEncryptionKey)
    this.#accepted = second === undefined ? [this.#first] : [this.#first, new MacKeys(second)]
  }

  make(claim: RefreshClaim, sessionEpoch: number): string {
    const body = Buffer.alloc(BODY_BYTES)
    body.set(idBytes(claim.userId), 0)
    body.set(idBytes(claim.sessionId), 16)
    body.writeUInt32BE(claim.generation, 32)
    body.writeUInt32BE(sessionEpoch, 36)
    return PREFIX + Buffer.concat([body, this.#first.mac(body, sessionEpoch)]).toString('base64url')
  }

  /** The session epoch that a token says it was made in, unproved; null when it has not even the form of a token. */
  epochOf(token: string): number | null {
    return decode(token)?.readUInt32BE(36) ?? null
  }

  /** Null when the token was not made by this service in this session epoch, or was altered in any bit. */
  read(token: string, sessionEpoch: number): RefreshClaim | null {
    const bytes = decode(token)
    if (bytes === null) return null
    const body = bytes.subarray(0, BODY_BYTES)
    const mac = bytes.subarray(BODY_BYTES)
    if (!this.#accepted.some((keys) => timingSafeEqual(mac, keys.mac(body, sessionEpoch)))) return null
    return {
      userId: idOfBytes(body.subarray(0, 16)),
      sessionId: idOfBytes(body.subarray(16, 32)),
      generation: body.readUInt32BE(32),
    }
  }
}

/** The MAC keys that come of one key-encryption key; the latest is kept. */
class MacKeys {
  readonly #keyEncryptionKey: Buffer
  /** A key object: to make one of bytes takes five times as long as the MAC. */
  #latest: { readonly sessionEpoch: number; readonly key: KeyObject } | undefined

  constructor(keyEncryptionKey: Buffer) {
    this.#keyEncryptionKey = keyEncryptionKey
  }

  mac(body: Buffer, sessionEpoch: number): Buffer {
    if (this.#latest?.sessionEpoch !== sessionEpoch) {
      const info = `tokenforge/refresh-token/1/${sessionEpoch}`
      const mac = hkdfSync('sha256', this.#keyEncryptionKey, '', info, MAC_BYTES)
      this.#latest = { sessionEpoch, key: createSecretKey(Buffer.from(mac)) }
    }
    return createHmac('sha256', this.#latest.key).update(body).digest()
  }
}

function decode(token: string): Buffer | null {
  return SHAPE.test(token) ? Buffer.from(token.slice(PREFIX.length), 'base64url') : null
}
