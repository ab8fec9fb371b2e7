import { join } from 'node:path'
import t from 'tap'
import { keyOfPassword } from '../../../lib/auth/password-filter.ts'
import { PasswordFilterMaker } from '../../../lib/transfer/password-filter-maker.ts'
import { PASSWORD, unlessShed } from '../../fixtures/app.ts'
import { temporaryFolder } from '../../fixtures/temporary-folder.ts'
import { isProblem, JSON_TYPE, UTC_TIME, UUID_V7 } from '../expect.ts'
import { startWorld } from '../world.ts'

const world = await startWorld(t)
const PASSWORD_BLOCKLIST_FILE = join(temporaryFolder(t), 'company.filter')
const maker = new PasswordFilterMaker(1, 1e-9)
maker.add(keyOfPassword('a phrase of the company'))
await maker.write(PASSWORD_BLOCKLIST_FILE)
const { call, sql } = await world.start(t, { PASSWORD_BLOCKLIST_FILE })

const register = (email: unknown, password: unknown = PASSWORD) =>
  call('POST', '/auth/register', { body: { email, password } })

t.test('a new account is answered with its id, its email and when it was made', async (t) => {
  const { status, headers, body } = await register('ada@example.com')
  t.equal(status, 201)
  t.match(headers.get('content-type'), JSON_TYPE)
  t.strictSame(Object.keys(body).sort(), ['created_at', 'email', 'id'])
  t.match(body.id, UUID_V7)
  t.equal(body.email, 'ada@example.com')
  t.match(body.created_at, UTC_TIME)
  t.ok(Math.abs(Date.parse(body.created_at) - Date.now()) < 60_000, 'made just now')
})

t.test('the database holds no password', async (t) => {
  await register('grace@example.com', 'a quite unusual pass phrase')
  const [row] = await sql('SELECT * FROM users WHERE email = $1', ['grace@example.com'])
  t.match(row?.password_hash, /^hmac-sha384:[0-9a-f]{8}:\$2b\$04\$/)
  t.notMatch(JSON.stringify(row), /unusual/)
})

t.test('an email is registered once, in whatever spelling', async (t) => {
  const first = await register('  J\u00F6rg.K\u00E9@Example.COM ')
  t.equal(first.body.email, 'j\u00F6rg.k\u00E9@example.com')
  const spellings = [
    'j\u00F6rg.k\u00E9@example.com',
    'JO\u0308RG.KE\u0301@EXAMPLE.COM',
    '\tj\u00F6rg.k\u00E9@example.com\n',
    'J\u00D6RG.\u212A\u00C9@example.com',
  ]
  for (const email of spellings) isProblem(t, await register(email), { status: 409, code: 'email_taken' }, email)
  const rows = await sql("SELECT count(*)::int FROM users WHERE email LIKE 'j%rg%'")
  t.strictSame(rows, [{ count: 1 }])
})

t.test('a registration is safe to repeat with the same idempotency key', async (t) => {
  const send = (email: string, key: string, password = PASSWORD) =>
    call('POST', '/auth/register', { body: { email, password }, headers: { 'idempotency-key': key } })
  const first = await send('lost.answer@example.com', 'a key of the client')
  const again = await send('Lost.Answer@example.com', 'a key of the client')
  t.equal(first.status, 201)
  t.equal(again.status, 201)
  t.strictSame(again.body, first.body)
  const taken = { status: 409, code: 'email_taken' } as const
  isProblem(t, await send('lost.answer@example.com', 'another key'), taken, 'another key')
  isProblem(t, await register('lost.answer@example.com'), taken, 'no key')
  t.equal((await send('somebody.else@example.com', 'a key of the client')).status, 201, 'another email')
  const atOnce = await Promise.all(
    Array.from({ length: 10 }, () => unlessShed(() => send('at.once@example.com', 'one key'))),
  )
  t.strictSame([...new Set(atOnce.map(({ status }) => status))], [201])
  t.equal(new Set(atOnce.map(({ body }) => body.id)).size, 1)
  const long = await send('long.key@example.com', 'k'.repeat(256))
  isProblem(t, long, { status: 400, code: 'invalid_request', field: 'idempotency-key' })
})

t.test('a text that is no email is refused by its field', async (t) => {
  const texts = {
    empty: '',
    'no @': 'ada.example.com',
    'two @': 'ada@home@example.com',
    'full-width @': 'ada\uFF20example.com',
    'no local part': '@example.com',
    'no domain': 'ada@',
    'a domain of one label': 'ada@localhost',
    'a space inside': 'ada lovelace@example.com',
    'a zero-width space': 'ada\u200B@example.com',
    'a control': 'ada\u0007@example.com',
    'a line break': 'ada@example.com\r\nBcc: eve@example.com',
    'a lone surrogate': 'ada\uD800@example.com',
    'a NUL': 'ada\u0000@example.com',
    'a bidi override': 'ada\u202E@example.com',
    'an unassigned code point': 'ada\u0378@example.com',
    'more than 254 characters': `${'a'.repeat(60)}@${'b.'.repeat(100)}example.com`,
    markup: '<ada@example.com>',
  }
  for (const [name, email] of Object.entries(texts)) {
    isProblem(t, await register(email), { status: 400, code: 'invalid_request', field: 'email' }, name)
  }
})

t.test('a password that is easy to guess is refused by its field', async (t) => {
  const passwords = {
    empty: '',
    short: '7 chars',
    'short in code points, long in UTF-16': '\u{1F600}'.repeat(7),
    'over 256 characters': 'x'.repeat(257),
    common: 'password123',
    'common in capitals': 'PassWord123',
    'on the list of those who run the server': 'A phrase of the Company',
    'holds the email': 'my weak@example.com password',
    'holds the name in the email': 'weakling-weak-WEAK',
  }
  for (const [name, password] of Object.entries(passwords)) {
    const answer = await register('weak@example.com', password)
    isProblem(t, answer, { status: 400, code: 'password_rejected', field: 'password' }, name)
  }
  t.equal((await register('weak@example.com', '\u{1F600}'.repeat(8))).status, 201, 'eight code points are enough')
  t.equal((await register('long@example.com', 'x'.repeat(256))).status, 201, '256 characters are not too many')
  t.equal((await register('plain@example.com', 'only small letters')).status, 201, 'there are no composition rules')
})

t.test('a password that is no text is refused as a request', async (t) => {
  const texts = { 'a NUL': 'a good one\u0000and more', 'a lone surrogate': 'a good one\uDC00' }
  for (const [name, password] of Object.entries(texts)) {
    const answer = await register('nul@example.com', password)
    isProblem(t, answer, { status: 400, code: 'invalid_request', field: 'password' }, name)
  }
})

t.test('with alike a taken email is answered as a new one, and stays as it was', async (t) => {
  const other = await world.start(t, { REGISTRATION_ANSWERS: 'alike' })
  const ask = (password: string) =>
    other.call('POST', '/auth/register', { body: { email: 'ada@example.com', password } })
  const [first, second] = [await ask(PASSWORD), await ask('another long phrase of hers')]
  t.strictSame([first.status, second.status], [201, 201])
  t.strictSame(second.body, { ...first.body, id: second.body.id, created_at: second.body.created_at })
  t.not(second.body.id, first.body.id)
  const login = await other.call('POST', '/auth/login', { body: { email: 'ada@example.com', password: PASSWORD } })
  t.equal(login.status, 200)
})
