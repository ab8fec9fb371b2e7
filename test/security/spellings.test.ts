import t from 'tap'
import { PASSWORD, unlessShed } from '../fixtures/app.ts'
import { isProblem } from '../routes/expect.ts'
import { startWorld } from '../routes/world.ts'
import { attacksOn, startTarget } from './target.ts'

// Texts that look or fold alike: which emails are one account and which are not, and of what a password consists.
const app = await startTarget(t, await startWorld(t), { ACCOUNT_RATE_LIMIT: '1000/1m' })
const attack = attacksOn(t, app)
const register = (email: string, password = PASSWORD) =>
  app.call('POST', '/auth/register', { body: { email, password } })
const login = (email: string, password = PASSWORD) => app.call('POST', '/auth/login', { body: { email, password } })

/** A text that stays on one line, whatever is in it. */
const shown = (text: string) => text.replace(/[^ -~]/gu, (c) => `<${c.codePointAt(0)?.toString(16)}>`)

attack('A16', 'spellings that are one account: case, Kelvin sign, NFC and NFD, white space around', async (t) => {
  const { body } = await register('kim.m\u00FCller@example.com')
  const spellings = [
    'KIM.M\u00DCLLER@EXAMPLE.COM',
    '\u212Aim.m\u00FCller@example.com',
    'kim.mu\u0308ller@example.com',
    'KIM.MU\u0308LLER@example.com',
    ' \t\u3000kim.m\u00FCller@example.com\n',
    '\uFEFFkim.m\u00FCller@example.com',
  ]
  for (const email of spellings) {
    isProblem(t, await register(email), { status: 409, code: 'email_taken' }, shown(email))
    const { status, body: tokens } = await login(email)
    t.equal(status, 200, shown(email))
    t.equal((await app.call('GET', '/auth/me', { token: tokens.access_token })).body.sub, body.id, 'the one account')
  }
  t.strictSame(await app.sql("SELECT email FROM users WHERE email LIKE 'kim%'"), [{ email: body.email }])
})

attack('A16', 'look-alikes that are accounts of their own: dotless i, long s, ligatures, Cyrillic, dots', async (t) => {
  const victim = (await register('sixfile@example.com')).body
  const others = [
    's\u0131xfile',
    '\u017Fixfile',
    'six\uFB01le',
    '\u0455ixfile',
    'sixfi\u217Ce',
    'six.file',
    'sixfile+a',
  ]
  const ids = new Set([victim.id])
  for (const local of others) {
    const { status, body } = await register(`${local}@example.com`)
    t.equal(status, 201, shown(local))
    ids.add(body.id)
  }
  t.equal(ids.size, others.length + 1)
  t.equal((await register('s\u0130xfile@example.com')).body.email, 'si\u0307xfile@example.com', 'I with a dot: not i')
})

attack(
  'A16',
  'what is no email: other at signs, zero width, bidi, controls, lone surrogates, unassigned',
  async (t) => {
    const texts = ['a\uFF20example.com', 'a\uFE6Bexample.com', 'a@b@example.com', 'a@example.com,b@example.com']
    const inside = ['\u200B', '\u200D', '\u2060', '\u00AD', '\u202E', '\u2066', '\u0000', '\u0007', '\u007F', '\uD800']
    const more = ['\uDFFF', '\u0378', '\uE000', '\uFFFF', '\u{E0001}', '\u00A0', '\u2028', '"', '<', '\\', '(']
    for (const email of [...texts, ...[...inside, ...more].map((text) => `a${text}b@example.com`)]) {
      const answer = await register(email)
      isProblem(t, answer, { status: 400, code: 'invalid_request', field: 'email' }, shown(email))
    }
  },
)

attack('A33', '20 registrations of one email at once, each spelled in another way', async (t) => {
  const spellings = Array.from({ length: 20 }, (_, i) =>
    [...'racing@example.com'].map((c, at) => ((i >> (at % 5)) & 1 ? c.toUpperCase() : c)).join(''),
  )
  const answers = await Promise.all(spellings.map((email) => unlessShed(() => register(email))))
  t.strictSame(answers.map(({ status }) => status).sort(), [201, ...Array(19).fill(409)])
})

attack('A17', 'tails behind 72 bytes and behind a NUL, in ASCII and in four bytes a character', async (t) => {
  const heads = { ascii: 'x'.repeat(200), emoji: '\u{1F600}'.repeat(100), accents: '\u00E9'.repeat(72) }
  for (const [name, head] of Object.entries(heads)) {
    const email = `${name}.tail@example.com`
    t.equal((await register(email, `${head}1`)).status, 201, name)
    for (const other of [`${head}2`, head, `${head}11`, head.slice(0, 72)]) {
      isProblem(t, await login(email, other), { status: 401, code: 'invalid_credentials' }, `${name}: ${other.length}`)
    }
    isProblem(t, await login(email, `${head}1\0`), { status: 400, code: 'invalid_request', field: 'password' })
    t.equal((await login(email, `${head}1`)).status, 200, name)
  }
})

attack('A17', 'NFC and NFD are one password; case, spaces, compatibility forms and U+FFFD are not', async (t) => {
  const email = 'forms@example.com'
  const password = ' \u00C5ngstr\u00F6m \uFB01nds \uFFFD '
  await register(email, password)
  for (const same of [password, password.normalize('NFD')]) t.equal((await login(email, same)).status, 200)
  const others = [password.trim(), password.toLowerCase(), password.normalize('NFKC'), password.replace('\uFFFD', '?')]
  for (const other of others)
    isProblem(t, await login(email, other), { status: 401, code: 'invalid_credentials' }, shown(other))
  for (const bad of ['\uD800', '\uDC00\uD800', 'x\uD83D']) {
    const answer = await login(email, password.replace('\uFFFD', bad))
    isProblem(t, answer, { status: 400, code: 'invalid_request', field: 'password' }, shown(bad))
  }
})

attack('A17', 'a password of a megabyte, and one character too many, before anything is hashed', async (t) => {
  const big = await register('big@example.com', 'x'.repeat(1_000_000))
  isProblem(t, big, { status: 413, code: 'payload_too_large' })
  const rejected = { status: 400, code: 'password_rejected', field: 'password' } as const
  isProblem(t, await register('big@example.com', '\u{1F600}'.repeat(257)), rejected)
  isProblem(t, await login('big@example.com', 'x'.repeat(16_000)), { status: 401, code: 'invalid_credentials' })
})
