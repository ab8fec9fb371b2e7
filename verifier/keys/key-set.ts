import { type CryptoKey, importJWK, type JWK } from 'jose'

/** A key that tokens may be signed with. */
export interface VerificationKey {
  readonly kid: string
  /** The one algorithm that it is for (RFC 8725 section 3.1). */
  readonly alg: string
  readonly key: CryptoKey
  /** Public members alone, as they go into the snapshot. */
  readonly jwk: Readonly<Record<string, string>>
}

export type KeySet = ReadonlyMap<string, VerificationKey>

/** The key set has a fault that the issuer of ours does not make: nothing of it is taken. */
export class BadKeySet extends Error {
  override readonly name = 'BadKeySet'
}

const MAX_KEYS = 100
const MIN_RSA_BITS = 2048
/** Members of private and symmetric keys (RFC 7518 sections 6.2.2, 6.3.2, 6.4.1; `priv` of RFC 9964). */
const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']
const PUBLIC_MEMBERS: Record<string, readonly string[]> = { RSA: ['n', 'e'], EC: ['crv', 'x', 'y'], OKP: ['crv', 'x'] }
/** The type and curve that an algorithm is for. */
const SHAPES: Record<string, string> = {
  ...Object.fromEntries(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'].map((alg) => [alg, 'RSA'])),
  ...{ ES256: 'EC P-256', ES384: 'EC P-384', ES512: 'EC P-521', EdDSA: 'OKP Ed25519', Ed25519: 'OKP Ed25519' },
}

/**
 * Reads a JWK set (RFC 7517 section 5). Keys for something else are passed over; a set that is broken, leaks secrets, or
 * has no key for us is refused as a whole.
 *
 * @throws BadKeySet
 */
export async function readKeySet(text: string, algorithms: ReadonlySet<string>): Promise<KeySet> {
  const keys = new Map<string, VerificationKey>()
  const seen = new Set<string>()
  for (const jwk of members(text)) {
    const { kid } = jwk
    if (typeof kid !== 'string' || kid === '') throw new BadKeySet('a key has no id')
    if (seen.has(kid)) throw new BadKeySet('two keys have one id')
    seen.add(kid)
    refuseSecrets(jwk)
    const alg = algorithmFor(jwk, algorithms)
    if (alg !== undefined) keys.set(kid, await importKey(kid, alg, jwk))
  }
  if (keys.size === 0) throw new BadKeySet('no key for the allowed algorithms')
  return keys
}

function members(text: string): Record<string, unknown>[] {
  let set: unknown
  try {
    set = JSON.parse(text)
  } catch {
    throw new BadKeySet('not JSON')
  }
  const keys: unknown = isObject(set) ? set.keys : undefined
  if (!Array.isArray(keys) || !keys.every(isObject)) throw new BadKeySet('not a JWK set')
  if (keys.length > MAX_KEYS) throw new BadKeySet(`more than ${MAX_KEYS} keys`)
  return keys
}

function refuseSecrets(jwk: Record<string, unknown>): void {
  const isSymmetric = jwk.kty === 'oct' || (typeof jwk.alg === 'string' && /^(HS\d|none$)/i.test(jwk.alg))
  if (isSymmetric) throw new BadKeySet('a symmetric key')
  if (SECRET_MEMBERS.some((name) => Object.hasOwn(jwk, name))) throw new BadKeySet('a private key')
}

/** Undefined when the key is for something else. */
function algorithmFor(jwk: Record<string, unknown>, algorithms: ReadonlySet<string>): string | undefined {
  const { alg, use, key_ops: operations } = jwk
  if (use !== undefined && use !== 'sig') return undefined
  if (Array.isArray(operations) && !operations.includes('verify')) return undefined
  const shape = jwk.kty === 'RSA' ? 'RSA' : `${jwk.kty} ${jwk.crv}`
  if (alg === undefined) {
    const fitting = [...algorithms].filter((one) => SHAPES[one] === shape)
    return fitting.length === 1 ? fitting[0] : undefined
  }
  if (typeof alg !== 'string') throw new BadKeySet('the algorithm of a key is no text')
  if (SHAPES[alg] !== undefined && SHAPES[alg] !== shape) throw new BadKeySet(`a key for ${alg} is of type ${shape}`)
  return algorithms.has(alg) ? alg : undefined
}

async function importKey(kid: string, alg: string, source: Record<string, unknown>): Promise<VerificationKey> {
  const kty = String(source.kty)
  const jwk: Record<string, string> = { kty, kid, alg, use: 'sig' }
  for (const name of PUBLIC_MEMBERS[kty] ?? []) {
    const value = source[name]
    if (typeof value !== 'string') throw new BadKeySet(`a key without ${name}`)
    jwk[name] = value
  }
  if (kty === 'RSA' && Buffer.from(jwk.n ?? '', 'base64url').length * 8 < MIN_RSA_BITS) {
    throw new BadKeySet(`an RSA key under ${MIN_RSA_BITS} bits`)
  }
  try {
    return { kid, alg, key: (await importJWK(jwk as JWK, alg)) as CryptoKey, jwk }
  } catch (cause) {
    throw new BadKeySet('a key that can not be read', { cause })
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
