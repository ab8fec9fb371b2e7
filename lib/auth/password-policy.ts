import { fileURLToPath } from 'node:url'
import { dependencyUnavailable, invalidField, passwordRejected } from '../errors.ts'
import { foldPassword, keyOfPassword, PasswordFilter } from './password-filter.ts'

const COMMON_PASSWORDS = fileURLToPath(new URL('common-passwords.filter', import.meta.url))
/** A file that is damaged needs a person. */
const UNREADABLE_RETRY_MS = 60_000
const MAX_CODE_POINTS = 256
/** An email's local part shorter than this may stand in a password by chance. */
const MIN_CONTEXT_LENGTH = 4

/**
 * The form in which a password is hashed: NFC (NIST SP 800-63B-4 section 3.1.1.2), otherwise exactly as given.
 *
 * @throws AppError `invalid_request` for a text that is not Unicode, or that holds a NUL
 */
export function canonicalPassword(given: string, field = 'password'): string {
  if (!given.isWellFormed()) throw invalidField(field, 'must be well-formed Unicode')
  if (given.includes('\0')) throw invalidField(field, 'must not contain NUL')
  return given.normalize('NFC')
}

export interface PasswordPolicyOptions {
  /** In code points. */
  readonly minLength: number
  /** A filter of more passwords than those that ship. */
  readonly blocklistFile: string | undefined
}

/** What a new password must be. It is compared with lists of common and of leaked passwords, which stay in their files. */
export class PasswordPolicy {
  readonly #minLength: number
  readonly #lists: readonly { readonly filter: PasswordFilter; readonly detail: string }[]

  /** @throws Error when a list can't be read */
  constructor({ minLength, blocklistFile }: PasswordPolicyOptions) {
    this.#minLength = minLength
    this.#lists = [
      { filter: PasswordFilter.open(COMMON_PASSWORDS), detail: 'is one of the most common passwords' },
      ...(blocklistFile === undefined
        ? []
        : [{ filter: PasswordFilter.open(blocklistFile), detail: 'is on a list of passwords that others know' }]),
    ]
  }

  /**
   * Refuses a new password that is too short or too long in code points, that holds the email, or that is on a list, as it is
   * or in lower case. No composition rules (NIST SP 800-63B-4 section 3.1.1.2).
   *
   * @param password in canonical form
   * @throws AppError `password_rejected`; `dependency_unavailable` when a list can't be read any more
   */
  async check(password: string, email: string, field = 'password'): Promise<void> {
    const length = [...password].length
    if (length < this.#minLength) throw passwordRejected(field, `must have at least ${this.#minLength} characters`)
    if (length > MAX_CODE_POINTS) throw passwordRejected(field, `must have at most ${MAX_CODE_POINTS} characters`)
    const lower = password.toLowerCase()
    const [local = ''] = email.split('@')
    if (lower.includes(email) || (local.length >= MIN_CONTEXT_LENGTH && lower.includes(local))) {
      throw passwordRejected(field, 'must not contain the email')
    }
    const keys = [...new Set([password, foldPassword(password)])].map(keyOfPassword)
    for (const { filter, detail } of this.#lists) {
      for (const key of keys) if (await isIn(filter, key)) throw passwordRejected(field, detail)
    }
  }

  close(): void {
    for (const { filter } of this.#lists) filter.close()
  }
}

/** A password that can't be compared is not taken: no outage makes a weak one good. */
async function isIn(filter: PasswordFilter, key: Buffer): Promise<boolean> {
  try {
    return await filter.has(key)
  } catch (error) {
    const reason = `a list of passwords ${(error as Error).message}`
    throw dependencyUnavailable('password-hashing', UNREADABLE_RETRY_MS, new Error(reason))
  }
}
