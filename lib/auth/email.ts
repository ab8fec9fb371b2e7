import { invalidField } from '../errors.ts'

const MAX_LENGTH = 254
const MAX_LOCAL_LENGTH = 64
/** Control, format (zero-width), surrogate, private-use and unassigned code points, white space, and look-alikes of `@`. */
const FORBIDDEN = /[\p{C}\p{Z}"(),:;<>[\]\\\uFF20\uFE6B]/u
const LOCAL = /^[^.@]+(\.[^.@]+)*$/u
const LABEL = /^[\p{L}\p{N}\p{M}]([\p{L}\p{N}\p{M}-]*[\p{L}\p{N}\p{M}])?$/u

/**
 * The one canonical form of an email, in which it is stored and compared: trimmed, NFC, lower case, then validated.
 *
 * @throws AppError `invalid_request` that names the field `email`
 */
export function canonicalEmail(given: string): string {
  if (!given.isWellFormed()) throw refused()
  const email = given.trim().normalize('NFC').toLowerCase().normalize('NFC')
  const [local = '', domain = '', ...rest] = email.split('@')
  const labels = domain.split('.')
  const valid =
    rest.length === 0 &&
    email.length <= MAX_LENGTH &&
    local.length <= MAX_LOCAL_LENGTH &&
    !FORBIDDEN.test(email) &&
    LOCAL.test(local) &&
    labels.length >= 2 &&
    labels.every((label) => label.length <= 63 && LABEL.test(label))
  if (!valid) throw refused()
  return email
}

function refused() {
  return invalidField('email', 'must be an email address')
}
