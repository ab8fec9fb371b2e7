import { InvalidTokenError } from '../errors.ts'

/** A token that was taken apart. Nothing of it is proved yet. */
export interface ParsedToken {
  readonly alg: string
  readonly kid: string
  readonly claims: Readonly<Record<string, unknown>>
  /** What the signature is of (RFC 7515 section 5.1). */
  readonly signed: Uint8Array<ArrayBuffer>
  readonly signature: Uint8Array<ArrayBuffer>
}

const MAX_LENGTH = 8192
const MAX_KID_LENGTH = 256
/** RFC 8725bis section 3.14: nothing else, before anything is decoded. */
const SHAPE = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/
/**
 * What would take the key from the token (RFC 8725 section 3.10), change what is signed, or must be understood and is not
 * (RFC 7515 section 4.1.11).
 */
const REFUSED_PARAMETERS = ['crit', 'b64', 'zip', 'enc', 'jku', 'jwk', 'x5u', 'x5c']
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Takes apart a JWS in compact form and checks its header by RFC 9068 section 4.
 *
 * @throws InvalidTokenError
 */
export function parseToken(token: unknown, algorithms: ReadonlySet<string>): ParsedToken {
  if (typeof token !== 'string' || token.length > MAX_LENGTH || !SHAPE.test(token)) {
    throw new InvalidTokenError('malformed')
  }
  const [first = '', second = '', third = ''] = token.split('.')
  const header = decodeObject(first)
  if (REFUSED_PARAMETERS.some((name) => Object.hasOwn(header, name))) throw new InvalidTokenError('unsupported_header')
  const { typ, alg, kid } = header
  if (!isAccessTokenType(typ)) throw new InvalidTokenError('wrong_type')
  if (typeof alg !== 'string' || !algorithms.has(alg)) throw new InvalidTokenError('wrong_algorithm')
  if (typeof kid !== 'string' || kid === '' || kid.length > MAX_KID_LENGTH) throw new InvalidTokenError('malformed')
  const signed = Buffer.from(`${first}.${second}`, 'latin1')
  return { alg, kid, claims: decodeObject(second), signed, signature: decodeCanonical(third) }
}

/** RFC 9068 section 2.1; a type without a slash stands for application/ (RFC 7515 section 4.1.9). */
function isAccessTokenType(typ: unknown): boolean {
  return typeof typ === 'string' && /^(application\/)?at\+jwt$/i.test(typ)
}

function decodeObject(part: string): Record<string, unknown> {
  const bytes = decodeCanonical(part)
  try {
    const value: unknown = JSON.parse(utf8.decode(bytes))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {
    // Neither UTF-8 nor JSON.
  }
  throw new InvalidTokenError('malformed')
}

/** The unused low bits of the last character must be zero, or one token has several spellings. */
function decodeCanonical(part: string): Buffer<ArrayBuffer> {
  const bytes = Buffer.from(part, 'base64url')
  if (bytes.toString('base64url') !== part) throw new InvalidTokenError('malformed')
  return bytes
}
