import t from 'tap'
import { verifyForeignHash } from '../../../lib/auth/foreign-hash.ts'
import { toStoredHash } from '../../../lib/transfer/stored-hash.ts'
import { FOREIGN, FOREIGN_FORMS } from '../../fixtures/foreign-hashes.ts'

t.test('what other systems write is stored in one form each, and verifies', async (t) => {
  for (const [from, given, password, stored] of FOREIGN_FORMS) {
    t.equal(toStoredHash(given).stored, stored, from)
    t.ok(await verifyForeignHash(password, stored), from)
    t.notOk(await verifyForeignHash(`${password}x`, stored), from)
  }
})

t.test('what is stored is taken as it is', async (t) => {
  const bcrypt = `$2y$10$${'a'.repeat(53)}`
  const own = (cost: string, pepper = '0123abcd') => `hmac-sha384:${pepper}:$2b$${cost}$${'a'.repeat(53)}`
  for (const { hash, scheme } of FOREIGN) t.strictSame(toStoredHash(hash), { stored: hash, scheme })
  t.strictSame(toStoredHash(bcrypt), { stored: bcrypt, scheme: 'bcrypt' })
  t.strictSame(toStoredHash(`bcrypt$${bcrypt}`), { stored: bcrypt, scheme: 'bcrypt' }, 'Django')
  t.strictSame(toStoredHash(own('12')), { stored: own('12'), scheme: 'hmac-sha384:0123abcd' })
  t.strictSame(toStoredHash(own('16', 'none')), { stored: own('16', 'none'), scheme: 'hmac-sha384:none' })
  for (const other of [own('17'), own('03'), own('12', 'x'), `${own('12')}a`])
    t.throws(() => toStoredHash(other), other)
})

t.test('passlib without a digest is SHA-1', async (t) => {
  const { stored, scheme } = toStoredHash(`$pbkdf2$1000$${'A'.repeat(22)}$${'.'.repeat(27)}`)
  t.equal(scheme, 'pbkdf2-sha1')
  t.match(stored, `$pbkdf2-sha1$i=1000$${'A'.repeat(22)}$${'+'.repeat(27)}`)
})

t.test('what can not be stored', async (t) => {
  for (const [given, reason] of [
    ['', /unknown form/],
    ['secret', /unknown form/],
    ['$1$salt$hash', /unknown form/],
    ['$2b$31$'.padEnd(60, 'a'), /cost of bcrypt/],
    ['5f4dcc3b5aa765d61d8327deb882cf99', /unknown form/],
    [`pbkdf2_sha256$999999999$salt$${'A'.repeat(43)}=`, /iterations/],
    [`scrypt$16385$salt$8$1$${'A'.repeat(43)}=`, /power of 2/],
    [`scrypt$0$salt$8$1$${'A'.repeat(43)}=`, /power of 2/],
    ['!unusable', /unknown form/],
  ] as const) {
    t.throws(() => toStoredHash(given), reason, given)
  }
})
