import { checkForeignBcrypt, parseForeignHash, UnusableHash } from '../auth/foreign-hash.ts'

/** Ours, as an export writes it: the bcrypt in it has at most the cost that the server itself may be set to. */
const OWN = /^(hmac-sha384):(none|[0-9a-f]{8}):\$2b\$(0[4-9]|1[0-6])\$[./A-Za-z0-9]{53}$/
const DJANGO_PBKDF2 = /^pbkdf2_(sha1|sha256|sha512)\$(\d{1,9})\$([\x21-\x7e]{1,64}?)\$([A-Za-z0-9+/]+)={0,2}$/
const DJANGO_SCRYPT = /^scrypt\$(\d{1,9})\$([\x21-\x7e]{1,64}?)\$(\d{1,9})\$(\d{1,9})\$([A-Za-z0-9+/]+)={0,2}$/
/** passlib: rounds without a name, `.` instead of `+`, and SHA-1 where no digest is named. */
const PASSLIB_PBKDF2 = /^\$pbkdf2(?:-(sha1|sha256|sha512))?\$(\d{1,9})\$([A-Za-z0-9./]+)\$([A-Za-z0-9./]+)$/
/** With the length of the hash, which the hash itself tells. */
const PHC_PBKDF2 = /^(\$pbkdf2-(?:sha1|sha256|sha512)\$i=\d{1,9}),l=\d{1,3}(\$.*)$/
/** The names by which Django says whose form follows. */
const DJANGO_PREFIX = /^(?:argon2(?=\$argon2)|bcrypt\$(?=\$2))/

/**
 * The form in which a password hash of this or another system is stored: ours, bcrypt (`$2a$`, `$2b$`, `$2y$`), or a PHC string
 * of Argon2, scrypt or PBKDF2. The variants of passlib and Django are rewritten.
 *
 * @returns the stored form, and the name of its scheme
 * @throws UnusableHash
 */
export function toStoredHash(given: string): { stored: string; scheme: string } {
  const own = OWN.exec(given)
  if (own !== null) return { stored: given, scheme: `${own[1]}:${own[2]}` }
  const stored = rewritten(given)
  if (stored.startsWith('$2')) {
    checkForeignBcrypt(stored)
    return { stored, scheme: 'bcrypt' }
  }
  return { stored, scheme: parseForeignHash(stored).scheme }
}

function rewritten(given: string): string {
  const pbkdf2 = DJANGO_PBKDF2.exec(given)
  if (pbkdf2 !== null) {
    const [, digest, iterations, salt = '', hash] = pbkdf2
    return `$pbkdf2-${digest}$i=${iterations}$${base64(salt)}$${hash}`
  }
  const scrypt = DJANGO_SCRYPT.exec(given)
  if (scrypt !== null) {
    const [, n, salt = '', r, p, hash] = scrypt
    return `$scrypt$ln=${logarithm(Number(n))},r=${r},p=${p}$${base64(salt)}$${hash}`
  }
  const passlib = PASSLIB_PBKDF2.exec(given)
  if (passlib !== null) {
    const [, digest = 'sha1', rounds, salt = '', hash = ''] = passlib
    return `$pbkdf2-${digest}$i=${rounds}$${salt.replaceAll('.', '+')}$${hash.replaceAll('.', '+')}`
  }
  return given.replace(PHC_PBKDF2, '$1$2').replace(DJANGO_PREFIX, '')
}

function base64(text: string): string {
  return Buffer.from(text, 'latin1').toString('base64').replace(/=+$/, '')
}

function logarithm(n: number): number {
  const ln = Math.log2(n)
  if (!Number.isInteger(ln)) throw new UnusableHash('is out of bounds: the cost of scrypt must be a power of 2')
  return ln
}
