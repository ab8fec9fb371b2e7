import { invalidField, passwordRejected } from '../errors.ts'
import { COMMON_PASSWORDS } from './common-passwords.ts'

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

/**
 * Refuses a new password that is too short or too long in code points, common, or that holds the email. No composition
 * rules (NIST SP 800-63B-4 section 3.1.1.2).
 *
 * @param password in canonical form
 * @throws AppError `password_rejected`
 */
export function checkNewPassword(password: string, email: string, minLength: number, field = 'password'): void {
  const length = [...password].length
  if (length < minLength) throw passwordRejected(field, `must have at least ${minLength} characters`)
  if (length > MAX_CODE_POINTS) throw passwordRejected(field, `must have at most ${MAX_CODE_POINTS} characters`)
  const lower = password.toLowerCase()
  if (COMMON_PASSWORDS.has(lower)) throw passwordRejected(field, 'is one of the most common passwords')
  const [local = ''] = email.split('@')
  if (lower.includes(email) || (local.length >= MIN_CONTEXT_LENGTH && lower.includes(local))) {
    throw passwordRejected(field, 'must not contain the email')
  }
}
