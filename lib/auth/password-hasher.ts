import { createHash, createHmac, randomInt } from 'node:crypto'
import bcrypt from 'bcrypt'
import { type AppError, dependencyUnavailable } from '../errors.ts'

const SCHEME = 'hmac-sha384'
const NO_PEPPER = 'none'
/** A wrong pepper needs a person. */
const UNREADABLE_RETRY_MS = 60_000
const BCRYPT_ALPHABET = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/

/** What a check of a password found. `stale`: it was right, but should be hashed anew with the settings of today. */
export interface PasswordCheck {
  readonly correct: boolean
  readonly stale: boolean
}

/**
 * Password hashes: `hmac-sha384:<pepper id>:<bcrypt>`, where bcrypt gets base64(HMAC-SHA-384(pepper, password)), 64
 * bytes, so that its limit of 72 bytes never cuts a password (OWASP Password Storage Cheat Sheet). A plain bcrypt hash
 * from elsewhere verifies too and is stale. The pepper id is 8 hex digits of the pepper's own hash.
 */
export class PasswordHasher {
  readonly #pepper: string
  readonly #pepperId: string
  /** What may be asked of a stored hash: pepper by id. */
  readonly #known: ReadonlyMap<string, string>
  readonly #cost: number
  readonly #dummy: string

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
    const [scheme, pepperId, hash] = text.startsWith('$') ? [null, null, text] : text.split(':')
    const cost = BCRYPT.exec(hash ?? '')?.[1]
    if (cost === undefined) throw unreadable('a stored password hash has an unknown form')
    const pepper = scheme === SCHEME ? this.#known.get(pepperId ?? '') : undefined
    if (scheme !== null && pepper === undefined) {
      throw unreadable('a stored password hash was made with another pepper')
    }
    const input = scheme === null ? password : this.#prehash(password, pepper)
    const correct = await bcrypt.compare(input, (hash ?? '').replace(/^\$2y/, '$2b'))
    const stale = scheme === null || pepperId !== this.#pepperId || Number(cost) !== this.#cost
    return { correct: correct && stored !== undefined, stale: correct && stale }
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
