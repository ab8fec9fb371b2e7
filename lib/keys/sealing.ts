import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const VERSION = 'v1'
const NONCE_BYTES = 12
const TAG_BYTES = 16

/**
 * Seals a private key with AES-256-GCM (NIST SP 800-38D) under the key-encryption key, so that no store ever sees it.
 *
 * @param kek 32 bytes
 * @param kid bound as additional data, so that a sealed key can't be passed off as another
 * @returns `v1.` and base64url of nonce, ciphertext and tag
 */
export function seal(kek: Buffer, kid: string, plaintext: string): string {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', kek, nonce).setAAD(Buffer.from(kid))
  const sealed = Buffer.concat([nonce, cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return `${VERSION}.${sealed.toString('base64url')}`
}

/** Opens what `seal` made. Throws when the key-encryption key is another, or the text or its `kid` was changed. */
export function unseal(kek: Buffer, kid: string, sealed: string): string {
  const [version, body] = sealed.split('.')
  const bytes = Buffer.from(body ?? '', 'base64url')
  if (version !== VERSION || bytes.length <= NONCE_BYTES + TAG_BYTES) throw new Error('not a sealed key')
  const decipher = createDecipheriv('aes-256-gcm', kek, bytes.subarray(0, NONCE_BYTES))
    .setAAD(Buffer.from(kid))
    .setAuthTag(bytes.subarray(-TAG_BYTES))
  const opened = [decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]
  return Buffer.concat(opened).toString('utf8')
}

/**
 * Opens what was sealed under any of these key-encryption keys.
 *
 * @returns the plaintext, and which of them it was, counted from 0
 * @throws what the first of them throws when none fits
 */
export function unsealWithAny(keks: readonly Buffer[], kid: string, sealed: string): { text: string; by: number } {
  const errors: unknown[] = []
  for (const [by, kek] of keks.entries()) {
    try {
      return { text: unseal(kek, kid, sealed), by }
    } catch (error) {
      errors.push(error)
    }
  }
  throw errors[0]
}

/** The same text when the first key-encryption key opens it, else sealed with the first what another one opens. */
export function sealedAnew(keks: readonly [Buffer, ...Buffer[]], kid: string, sealed: string): string {
  const { text, by } = unsealWithAny(keks, kid, sealed)
  return by === 0 ? sealed : seal(keks[0], kid, text)
}
