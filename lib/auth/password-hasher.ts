import { createHash, createHmac, randomInt } from 'node:crypto'
import bcrypt from 'bcrypt'
import { type AppError, dependencyUnavailable } from '../errors.ts'
import { verifyForeignBcrypt, verifyForeignHash } from './foreign-hash.ts'

const SCHEME = 'hmac-sha384'
const NO_PEPPER = 'none'
/** A wrong pepper needs a person. */
const UNREADABLE_RETRY_MS = 60_000
const BCRYPT_ALPHABET = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
/** No cost that the settings could not have been (lib/config.ts). */
const BCRYPT = /^\$2[aby]\$(0[4-9]|1[0-6])\$[./A-Za-z0-9]{53}$/

/** What a check of a password found. `stale`: it was right, but should be hashed anew with the settings of today. */
export interface PasswordCheck {
  readonly correct: boolean
  readonly stale: boolean
}

/**
 * Password hashes: `hmac-sha384:<pepper id>:<bcrypt>`, where bcrypt gets base64(HMAC-SHA-384(pepper, password)), 64
 * bytes, so that its limit of 72 bytes never cuts a password (OWASP Password Storage Cheat Sheet). A hash from elsewhere, plain
 * bcrypt, Argon2, scrypt or PBKDF2, verifies too and is stale. The pepper id is 8 hex digits of the pepper's own hash.
 */
export class PasswordHasher {
  readonly #pepper: string
  readonly #pepperId: string
  /** What may be asked of a stored hash: pepper by id. */
  readonly #known: ReadonlyMap<string, string>
  readonly #cost: number
  readonly #dummy: string
  #foreignTurn: Promise<unknown> = Promise.resolve()

  /**
   * @param cost bcrypt's, the logarithm to base 2 of its rounds
   * @param second another pepper with which passwords are checked, but not hashed: its hashes are stale
   */
  constructor(pepper: string | undefined, cost: number, second?: string) {
    this.#pepper = pepper ?? ''
    this.#pepperId = pepper === undefined ? NO_PEPPER : idOf(pepper)
    this.#known = new Map([
      [NO_PEPPER, ''],
      ...[pepper, second].flatMap((each): [string, string][] => (each === undefined ? [] : [[idOf(each), each]])),
    ])
    this.#cost = cost
    this.#dummy = `${SCHEME}:${this.#pepperId}:${hashOfNothing(cost)}`
  }

  async hash(password: string): Promise<string> {
    return `${SCHEME}:${this.#pepperId}:${await bcrypt.hash(this.#prehash(password), this.#cost)}`
  }

  /**
   * Checks a password against a stored hash; with no hash at all it does the same work and says no.
   *
   * @throws AppError `dependency_unavailable` when the stored hash can't be judged, which is no verdict on the password
   */
  async check(password: string, stored: string | undefined): Promise<PasswordCheck> {
    const text = stored ?? this.#dummy
    if (text.startsWith('$')) return this.#checkForeign(password, text)
    const [scheme, pepperId, hash] = text.split(':')
    const cost = BCRYPT.exec(hash ?? '')?.[1]
    if (cost === undefined) throw unreadable('a stored password hash has an unknown form')
    const pepper = scheme === SCHEME ? this.#known.get(pepperId ?? '') : undefined
    if (pepper === undefined) throw unreadable('a stored password hash was made with another pepper')
    const correct = await bcrypt.compare(this.#prehash(password, pepper), hash ?? '')
    const stale = pepperId !== this.#pepperId || Number(cost) !== this.#cost
    return { correct: correct && stored !== undefined, stale: correct && stale }
  }

  /** It takes the time of the other system's settings, until the login that upgrades the hash. */
  async #checkForeign(password: string, hash: string): Promise<PasswordCheck> {
    try {
      const isBcrypt = hash.startsWith('$2')
      const correct = await (isBcrypt
        ? verifyForeignBcrypt(password, hash)
        : this.#inTurn(() => verifyForeignHash(password, hash)))
      return { correct, stale: correct }
    } catch (error) {
      throw unreadable(`a stored password hash ${(error as Error).message}`)
    }
  }

  /** One at a time: several that take all the memory that they may would be too much for a small container. */
  #inTurn(verify: () => Promise<boolean>): Promise<boolean> {
    const verdict = this.#foreignTurn.then(verify)
    this.#foreignTurn = verdict.catch(() => {})
    return verdict
  }

  #prehash(password: string, pepper = this.#pepper): string {
    return createHmac('sha384', pepper).update(password).digest('base64')
  }
}

/** What no password is known for; to compare with it takes as long as with any other of this cost. */
function hashOfNothing(cost: number): string {
  const random = Array.from({ length: 53 }, () => BCRYPT_ALPHABET[randomInt(BCRYPT_ALPHABET.length)])
  return `$2b$${String(cost).padStart(2, '0')}$${random.join('')}`
}

function unreadable(reason: string): AppError {
  return dependencyUnavailable('password-hashing', UNREADABLE_RETRY_MS, new Error(reason))
}

function idOf(pepper: string): string {
  return createHash('sha256').update(`tokenforge pepper id:${pepper}`).digest('hex').slice(0, 8)
}
