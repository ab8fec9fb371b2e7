import t from 'tap'
import { COMMON_PASSWORDS } from '../../../lib/auth/common-passwords.ts'
import { canonicalPassword, checkNewPassword } from '../../../lib/auth/password-policy.ts'

const email = 'kim.minji@example.com'
const rejected = { code: 'password_rejected', details: { errors: [{ field: 'password' }] } }
const check = (password: string, minLength = 8) => checkNewPassword(password, email, minLength)

t.test('NFC and NFD of one password are the same, everything else is taken as given', async (t) => {
  t.equal(canonicalPassword('cafe\u0301'), canonicalPassword('caf\u00e9'))
  for (const text of [' spaces \t around ', 'UPPER lower', '\ufb01', '①', '👋🏽', 'a\u200bb', '\u0001\u007f', '']) {
    t.equal(canonicalPassword(text), text)
  }
})

t.test('what is not Unicode, or holds a NUL, is refused by field', async (t) => {
  for (const text of ['a\ud800b', '\udc00', 'abcdefgh\ud83d']) {
    t.throws(() => canonicalPassword(text), {
      code: 'invalid_request',
      details: { errors: [{ field: 'password', detail: 'must be well-formed Unicode' }] },
    })
  }
  t.throws(() => canonicalPassword('before\0after', 'new_password'), {
    code: 'invalid_request',
    details: { errors: [{ field: 'new_password', detail: 'must not contain NUL' }] },
  })
})

t.test('length is counted in code points', async (t) => {
  t.throws(() => check('1b3d5f7'), { ...rejected, message: 'password must have at least 8 characters' })
  t.doesNotThrow(() => check('1b3d5f7h'))
  t.throws(() => check('👋'.repeat(7)), rejected, '14 UTF-16 units')
  t.doesNotThrow(() => check('👋'.repeat(8)))
  t.doesNotThrow(() => check('👋'.repeat(256)), '512 UTF-16 units, 1024 bytes')
  t.throws(() => check('👋'.repeat(257)), { ...rejected, message: 'password must have at most 256 characters' })
  t.doesNotThrow(() => check('x'.repeat(256)))
  t.throws(() => check('x'.repeat(257)), rejected)
  t.throws(() => check('x'.repeat(14), 15), { ...rejected, message: 'password must have at least 15 characters' })
  t.doesNotThrow(() => check('x'.repeat(15), 15))
})

t.test('there are no composition rules', async (t) => {
  for (const password of ['correct horse', 'zzzzzzzzz', '        ', '730194862', 'ÄÖÜÄÖÜÄÖÜ']) {
    t.doesNotThrow(() => check(password), password)
  }
})

t.test('common passwords, whatever their case', async (t) => {
  for (const password of ['password', 'PassWord', 'P@ssw0rd', 'ILOVEYOU', '12345678', 'qwertyuiop', 'CONTRASEÑA']) {
    t.throws(() => check(password), { ...rejected, message: 'password is one of the most common passwords' }, password)
  }
  t.ok(COMMON_PASSWORDS.size >= 250)
  for (const word of COMMON_PASSWORDS) {
    t.ok(word === word.toLowerCase().normalize('NFC') && /^\S{8,}$/.test(word), word)
  }
})

t.test('the email, or its local part, inside', async (t) => {
  const message = 'password must not contain the email'
  for (const password of [email, `x${email.toUpperCase()}x`, 'my-Kim.Minji-1', 'kim.minji']) {
    t.throws(() => check(password), { ...rejected, message }, password)
  }
  t.throws(() => checkNewPassword('abcd1357', 'abcd@example.com', 8), { message })
  t.doesNotThrow(() => checkNewPassword('abcd1357', 'abc@example.com', 8), 'three letters may be chance')
  t.throws(() => checkNewPassword('x-abc@example.com', 'abc@example.com', 8), { message })
})

t.test('the field that the client sent is the one that is named', async (t) => {
  t.throws(() => checkNewPassword('short', email, 8, 'new_password'), {
    code: 'password_rejected',
    details: { errors: [{ field: 'new_password', detail: 'must have at least 8 characters' }] },
  })
})
