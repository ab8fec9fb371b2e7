import t from 'tap'
import { canonicalEmail } from '../../../lib/auth/email.ts'

const refused = {
  code: 'invalid_request',
  details: { errors: [{ field: 'email', detail: 'must be an email address' }] },
}

t.test('different spellings of one address are one account', async (t) => {
  const table: [spelling: string, other: string, why: string][] = [
    ['Kim@Example.COM', 'kim@example.com', 'case'],
    ['  kim@example.com\n', 'kim@example.com', 'white space around it'],
    ['\ufeffkim@example.com\u00a0', 'kim@example.com', 'Unicode white space around it'],
    ['\u212aim@example.com', 'kim@example.com', 'the Kelvin sign'],
    ['jos\u00e9@example.com', 'jose\u0301@example.com', 'NFC and NFD'],
    ['JOSE\u0301@example.com', 'jos\u00e9@example.com', 'NFD and case'],
    ['\u212bke@example.com', '\u00e5ke@example.com', 'the Angstrom sign'],
    ['kim@b\u00fccher.example', 'kim@BU\u0308CHER.example', 'a domain in NFD'],
    ['\u1e9eharp@example.com', '\u00dfharp@example.com', 'capital sharp s'],
  ]
  for (const [spelling, other, why] of table) t.equal(canonicalEmail(spelling), canonicalEmail(other), why)
})

t.test('addresses that only look alike are different accounts', async (t) => {
  const table: [one: string, other: string, why: string][] = [
    ['kim@example.com', 'k\u0131m@example.com', 'dotless i'],
    ['ivan@example.com', '\u0130van@example.com', 'dotted capital I'],
    ['alice@example.com', '\u0430lice@example.com', 'Cyrillic a'],
    ['ss@example.com', '\u00df@example.com', 'sharp s'],
    ['file@example.com', '\ufb01le@example.com', 'the fi ligature'],
    ['kim@example.com', 'kim+tag@example.com', 'a tag'],
    ['ki.m@example.com', 'kim@example.com', 'a dot'],
    ['1@example.com', '\u00b9@example.com', 'superscript'],
    ['kim@example.com', '\uff4bim@example.com', 'full-width letters'],
  ]
  for (const [one, other, why] of table) t.not(canonicalEmail(one), canonicalEmail(other), why)
})

t.test('the canonical form is its own canonical form, in NFC', async (t) => {
  for (const email of [
    'a@b.co',
    "o'brien+tag_x-y@mail.example.co.uk",
    '!#$%&*/=?^`{|}~@example.com',
    '\u0130@example.com',
    'ΑΣ@example.com',
    'J\u030c@example.com',
    'a\u0315\u0300\u05ae\u0300@example.com',
    '用户@例子.公司',
    'user@xn--fsqu00a.xn--55qx5d',
    '👋🏽@example.com',
  ]) {
    const form = canonicalEmail(email)
    t.equal(canonicalEmail(form), form, email)
    t.equal(form.normalize('NFC'), form)
  }
})

t.test('what is no address', async (t) => {
  const table: Record<string, string[]> = {
    'a part is missing': ['', ' ', '@', 'kim', 'kim@', '@example.com', 'kim@example', 'example.com'],
    'a second @': ['kim@x@example.com', 'kim@@example.com', '"kim@x"@example.com', '@kim@example.com'],
    'a look-alike of @': ['kim\uff20example.com', 'kim\ufe6bexample.com', 'kim\uff20x@example.com'],
    'a control': ['ki\0m@example.com', 'ki\nm@example.com', 'ki\u007fm@example.com', 'ki\u0085m@example.com'],
    'an invisible character': [
      'ki\u200bm@example.com',
      'ki\u200dm@example.com',
      'ki\u2060m@example.com',
      'ki\u00adm@example.com',
      'ki\u202em@example.com',
      'kim@exam\u200bple.com',
      'ki\ufeffm@example.com',
    ],
    'white space inside': ['ki m@example.com', 'ki\u00a0m@example.com', 'kim@exam ple.com', 'kim @example.com'],
    'a lone surrogate': ['ki\ud800m@example.com', 'ki\udc00m@example.com', '\ud800@example.com'],
    'not assigned, or private': ['ki\u0378m@example.com', 'ki\ue000m@example.com', 'ki\uffffm@example.com'],
    'characters that end a header or a list': [
      ...['kim,x@example.com', 'kim<x>@example.com', 'Kim <kim@example.com>', 'kim;x@example.com'],
      ...['kim:x@example.com', 'kim(x)@example.com', 'kim\\x@example.com', 'kim[x]@example.com', 'mailto:k@e.co'],
    ],
    'dots in the wrong place': ['.kim@example.com', 'kim.@example.com', 'k..im@example.com', 'kim@.example.com'],
    'a domain that is none': [
      ...['kim@example.com.', 'kim@example..com', 'kim@-example.com', 'kim@example-.com', 'kim@exa_mple.com'],
      ...['kim@[127.0.0.1]', 'kim@exam\uff0eple\u3002com', 'kim@example.com/x', 'kim@example.com?x'],
    ],
  }
  for (const [why, emails] of Object.entries(table)) {
    for (const email of emails) t.throws(() => canonicalEmail(email), refused, `${why}: ${JSON.stringify(email)}`)
  }
})

t.test('lengths', async (t) => {
  const local = (length: number) => `${'a'.repeat(length)}@example.com`
  t.doesNotThrow(() => canonicalEmail(local(64)))
  t.throws(() => canonicalEmail(local(65)), refused)
  const label = (length: number) => `a@${'b'.repeat(length)}.com`
  t.doesNotThrow(() => canonicalEmail(label(63)))
  t.throws(() => canonicalEmail(label(64)), refused)
  const whole = (length: number) => `${'a'.repeat(64)}@${`${'b'.repeat(60)}.`.repeat(3)}${'c'.repeat(length - 248)}`
  t.equal(whole(254).length, 254)
  t.doesNotThrow(() => canonicalEmail(whole(254)))
  t.throws(() => canonicalEmail(whole(255)), refused)
})

t.test('the refusal does not repeat what was sent', async (t) => {
  t.throws(() => canonicalEmail('S3CRET@'), { message: /^(?!.*S3CRET).*$/ })
})
