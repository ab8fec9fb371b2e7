import * as crypto from 'node:crypto'
import { promisify } from 'node:util'
import bcrypt from 'bcrypt'

const argon2 = promisify(crypto.argon2)
const scrypt = promisify<string, Buffer, number, crypto.ScryptOptions, Buffer>(crypto.scrypt)
const pbkdf2 = promisify(crypto.pbkdf2)

const MIB = 1024 * 1024
/** What one check may take of the memory, in bytes: the defaults of Django's Argon2 and OWASP's of scrypt fit. */
const MAX_MEMORY = 128 * MIB
/** KiB times passes; half a second on one core of a small machine, like each of the bounds that follow. */
const MAX_ARGON2_WORK = 512 * 1024
/** N times r times p. */
const MAX_SCRYPT_WORK = 2 ** 21
const MAX_PBKDF2_ITERATIONS = { sha1: 2_000_000, sha256: 2_000_000, sha512: 1_000_000 } as const
const DIGEST_BYTES = { sha1: 20, sha256: 32, sha512: 64 } as const
const MAX_BCRYPT_COST = 14
const MAX_LANES = 16
/** Bytes. A hash of fewer would let a guess in by chance. */
const [MIN_HASH, MAX_HASH, MAX_SALT] = [16, 64, 64]
/** RFC 9106 section 3.1; the others take any. */
const MIN_ARGON2_SALT = 8

const BASE64 = '([A-Za-z0-9+/]{1,128})'
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/
const ARGON2 = new RegExp(
  `^\\$(argon2(?:id|i|d))\\$v=19\\$m=(\\d{1,9}),t=(\\d{1,9}),p=(\\d{1,9})\\$${BASE64}\\$${BASE64}$`,
)
const SCRYPT = new RegExp(`^\\$scrypt\\$ln=(\\d{1,2}),r=(\\d{1,9}),p=(\\d{1,9})\\$${BASE64}\\$${BASE64}$`)
const PBKDF2 = new RegExp(`^\\$pbkdf2-(sha1|sha256|sha512)\\$i=(\\d{1,9})\\$${BASE64}\\$${BASE64}$`)

/** A hash that this server will not check, with the reason. The reason holds nothing of the hash. */
export class UnusableHash extends Error {}

/** A hash of another system, taken apart and found to be within bounds. */
export interface ForeignHash {
  /** `bcrypt`, `argon2id`, `scrypt`, `pbkdf2-sha256` and the like. */
  readonly scheme: string
  readonly expected: Buffer
  derive(password: string): Promise<Buffer>
}

/**
 * Takes a hash in PHC string form apart (`$argon2id$v=19$m=,t=,p=$..$..`, also `argon2i` and `argon2d`; `$scrypt$ln=,r=,p=$..$..`;
 * `$pbkdf2-sha256$i=$..$..`, also `sha1` and `sha512`).
 *
 * @throws UnusableHash when the form is unknown, or checking it would take too much time or memory, or prove too little
 */
export function parseForeignHash(text: string): ForeignHash {
  const hash = parseArgon2(text) ?? parseScrypt(text) ?? parsePbkdf2(text)
  if (hash === null) throw new UnusableHash('has an unknown form')
  return hash
}

/**
 * Judges a bcrypt hash that was made elsewhere.
 *
 * @throws UnusableHash
 */
export function checkForeignBcrypt(text: string): void {
  const [, cost] = BCRYPT.exec(text) ?? []
  if (cost === undefined) throw new UnusableHash('has an unknown form')
  within('the cost of bcrypt', Number(cost), 4, MAX_BCRYPT_COST)
}

/**
 * Whether the bcrypt hash, made elsewhere, is that of this password.
 *
 * @throws UnusableHash
 */
export async function verifyForeignBcrypt(password: string, text: string): Promise<boolean> {
  checkForeignBcrypt(text)
  return bcrypt.compare(password, text.replace(/^\$2y/, '$2b'))
}

/**
 * Whether the hash is that of this password. It takes a thread of libuv's pool for as long as half a second, and up to 128 MiB.
 *
 * @throws UnusableHash
 */
export async function verifyForeignHash(password: string, text: string): Promise<boolean> {
  const { expected, derive } = parseForeignHash(text)
  return crypto.timingSafeEqual(await derive(password), expected)
}

function parseArgon2(text: string): ForeignHash | null {
  const [, algorithm, m, t, p, salt = '', hash = ''] = ARGON2.exec(text) ?? []
  if (algorithm === undefined) return null
  const [memory, passes, parallelism] = [Number(m), Number(t), Number(p)]
  within('the lanes of Argon2', parallelism, 1, MAX_LANES)
  within('the memory of Argon2, in KiB,', memory, 8 * parallelism, MAX_MEMORY / 1024)
  within('the memory of Argon2 times its passes', memory * passes, 1, MAX_ARGON2_WORK)
  const { nonce, expected } = decoded(salt, hash)
  within('the bytes of the salt', nonce.length, MIN_ARGON2_SALT, MAX_SALT)
  const cost = { memory, passes, parallelism, tagLength: expected.length }
  const derive = (message: string) => argon2(algorithm as 'argon2id', { message, nonce, ...cost })
  return { scheme: algorithm, expected, derive }
}

function parseScrypt(text: string): ForeignHash | null {
  const [, ln, r, p, salt = '', hash = ''] = SCRYPT.exec(text) ?? []
  if (ln === undefined) return null
  const cost = { N: 2 ** Number(ln), r: Number(r), p: Number(p) }
  within('the logarithm of the cost of scrypt', Number(ln), 1, 30)
  within('the lanes of scrypt', cost.p, 1, MAX_LANES)
  within('the memory of scrypt', 128 * cost.N * cost.r, 1, MAX_MEMORY)
  within('the work of scrypt', cost.N * cost.r * cost.p, 1, MAX_SCRYPT_WORK)
  const { nonce, expected } = decoded(salt, hash)
  const derive = (password: string) => scrypt(password, nonce, expected.length, { ...cost, maxmem: 2 * MAX_MEMORY })
  return { scheme: 'scrypt', expected, derive }
}

function parsePbkdf2(text: string): ForeignHash | null {
  const [, name, i, salt = '', hash = ''] = PBKDF2.exec(text) ?? []
  if (name === undefined) return null
  const digest = name as keyof typeof DIGEST_BYTES
  within('the iterations of PBKDF2', Number(i), 1, MAX_PBKDF2_ITERATIONS[digest])
  const { nonce, expected } = decoded(salt, hash)
  within('the bytes of the hash', expected.length, MIN_HASH, DIGEST_BYTES[digest])
  const derive = (password: string) => pbkdf2(password, nonce, Number(i), expected.length, digest)
  return { scheme: `pbkdf2-${digest}`, expected, derive }
}

function decoded(salt: string, hash: string): { nonce: Buffer; expected: Buffer } {
  const [nonce, expected] = [Buffer.from(salt, 'base64'), Buffer.from(hash, 'base64')]
  within('the bytes of the salt', nonce.length, 1, MAX_SALT)
  within('the bytes of the hash', expected.length, MIN_HASH, MAX_HASH)
  return { nonce, expected }
}

function within(what: string, value: number, min: number, max: number): void {
  if (value >= min && value <= max) return
  throw new UnusableHash(`is out of bounds: ${what} must be from ${min} to ${max}`)
}
