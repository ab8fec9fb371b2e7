import { readFileSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import t from 'tap'
import { keyOfPassword, verifyFilter } from '../../../lib/auth/password-filter.ts'
import { canonicalPassword, PasswordPolicy } from '../../../lib/auth/password-policy.ts'
import { PasswordFilterMaker } from '../../../lib/transfer/password-filter-maker.ts'
import { temporaryFolder } from '../../fixtures/temporary-folder.ts'

const email = 'kim.minji@example.com'
const rejected = { code: 'password_rejected', details: { errors: [{ field: 'password' }] } }
const policies = { 8: policy(8), 15: policy(15) }
const check = (password: string, minLength: 8 | 15 = 8) => policies[minLength].check(password, email)

function policy(minLength: number, blocklistFile?: string): PasswordPolicy {
  const made = new PasswordPolicy({ minLength, blocklistFile })
  t.teardown(() => made.close())
  return made
}

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
  await t.rejects(check('1b3d5f7'), { ...rejected, message: 'password must have at least 8 characters' })
  await t.resolves(check('1b3d5f7h'))
  await t.rejects(check('👋'.repeat(7)), rejected, '14 UTF-16 units')
  await t.resolves(check('👋'.repeat(8)))
  await t.resolves(check('👋'.repeat(256)), '512 UTF-16 units, 1024 bytes')
  await t.rejects(check('👋'.repeat(257)), { ...rejected, message: 'password must have at most 256 characters' })
  await t.resolves(check('x'.repeat(256)))
  await t.rejects(check('x'.repeat(257)), rejected)
  await t.rejects(check('x'.repeat(14), 15), { ...rejected, message: 'password must have at least 15 characters' })
  await t.resolves(check('x'.repeat(15), 15))
})

t.test('there are no composition rules', async (t) => {
  for (const password of ['correct horse', 'zqzqzqzqz', '        ', '730194862', 'ÄÖÜÄÖÜÄÖÜ']) {
    await t.resolves(check(password), password)
  }
})

t.test('common passwords, whatever their case', async (t) => {
  for (const password of ['password', 'PassWord', 'P@ssw0rd', 'ILOVEYOU', '12345678', 'qwertyuiop', 'CONTRASEÑA']) {
    await t.rejects(check(password), { ...rejected, message: 'password is one of the most common passwords' }, password)
  }
})

t.test('the 10,000 commonest passwords that the length rule lets through', async (t) => {
  const file = new URL('commonest-passwords.txt.gz', import.meta.url)
  const commonest = gunzipSync(readFileSync(file)).toString().split('\n')
  t.equal(new Set(commonest).size, 10_000)
  const accepted = []
  for (const password of commonest) {
    const refused = await check(password).catch((error) => error)
    if (refused?.details?.errors?.[0]?.detail !== 'is one of the most common passwords') accepted.push(password)
  }
  t.strictSame(accepted, [])
  t.doesNotThrow(() =>
    verifyFilter(fileURLToPath(new URL('../../../lib/auth/common-passwords.filter', import.meta.url))),
  )
})

t.test('a longer list of those who run the server, as it is and in lower case', async (t) => {
  const file = join(temporaryFolder(t), 'more.filter')
  const maker = new PasswordFilterMaker(2, 1e-6)
  maker.add(keyOfPassword('Seven Quiet Herons'))
  maker.add(keyOfPassword('acme corporation 2026'))
  await maker.write(file)
  const more = policy(8, file)
  const message = 'password is on a list of passwords that others know'
  for (const password of ['Seven Quiet Herons', 'acme corporation 2026', 'ACME Corporation 2026']) {
    await t.rejects(more.check(password, email), { ...rejected, message }, password)
  }
  await t.resolves(more.check('seven quiet herons', email), 'a hash tells nothing of other spellings')
  await t.rejects(more.check('password', email), { message: 'password is one of the most common passwords' })
  truncateSync(file, 4096)
  const unknown = { code: 'dependency_unavailable', statusCode: 503, details: { dependency: 'password-hashing' } }
  await t.rejects(more.check('a password that is fine', email), unknown, 'what can not be looked up is not taken')
  t.throws(() => policy(8, file), { message: /it is not whole/ })
})

t.test('the email, or its local part, inside', async (t) => {
  const message = 'password must not contain the email'
  for (const password of [email, `x${email.toUpperCase()}x`, 'my-Kim.Minji-1', 'kim.minji']) {
    await t.rejects(check(password), { ...rejected, message }, password)
  }
  await t.rejects(policies[8].check('abcd-1357-x', 'abcd@example.com'), { message })
  await t.resolves(policies[8].check('abcd-1357-x', 'abc@example.com'), 'three letters may be chance')
  await t.rejects(policies[8].check('x-abc@example.com', 'abc@example.com'), { message })
})

t.test('the field that the client sent is the one that is named', async (t) => {
  await t.rejects(policies[8].check('short', email, 'new_password'), {
    code: 'password_rejected',
    details: { errors: [{ field: 'new_password', detail: 'must have at least 8 characters' }] },
  })
})
