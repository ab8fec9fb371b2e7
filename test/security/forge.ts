import { constants, createHmac, type KeyObject, sign } from 'node:crypto'

type Key = KeyObject | string

/** Base64url of JSON, or of a text that is to be taken as it is. */
export function encode(part: unknown): string {
  return Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url')
}

/** A JWS with this header and payload, signed with an RSA private key by the algorithm that the header names. */
export function forge(header: Record<string, unknown>, payload: unknown, key: Key): string {
  const input = `${encode(header)}.${encode(payload)}`
  return `${input}.${signature(String(header.alg), input, key)}`
}

function signature(alg: string, input: string, key: Key): string {
  const hash = `sha${alg.slice(2)}`
  if (alg.startsWith('PS')) {
    const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    return sign(hash, Buffer.from(input), { key: key as string, ...padding }).toString('base64url')
  }
  return sign(alg.startsWith('RS') ? hash : 'sha256', Buffer.from(input), key).toString('base64url')
}

/** A JWS of an HMAC algorithm, with whatever an attacker takes for the secret. */
export function forgeHmac(header: Record<string, unknown>, payload: unknown, secret: string | Buffer): string {
  const input = `${encode(header)}.${encode(payload)}`
  const hash = `sha${String(header.alg).slice(2)}`
  return `${input}.${createHmac(hash, secret).update(input).digest('base64url')}`
}

/** The same bits in another spelling: the unused low bits of the last character are set. */
export function withLowBits(token: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return token.slice(0, -1) + alphabet[alphabet.indexOf(token.at(-1) ?? '') + 1]
}
