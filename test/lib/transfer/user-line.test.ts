import t from 'tap'
import { idTime, isId } from '../../../lib/auth/ids.ts'
import { parseUserLine, RefusedLine } from '../../../lib/transfer/user-line.ts'

const NOW = Date.parse('2030-01-01T00:00:00Z')
const hash = `$2b$12$${'a'.repeat(53)}`
const line = (more: object = {}) => JSON.stringify({ email: 'ann@example.com', password_hash: hash, ...more })

t.test('an account from a line', async (t) => {
  const whole = {
    id: '3F2504E0-4F89-41D3-9A0C-0305E82C3301',
    email: ' Ann@Example.COM ',
    roles: ['admin', 'team:a/b'],
    created_at: '2020-02-03T04:05:06.789+01:00',
    disabled_at: '2021-01-01T00:00:00Z',
  }
  t.strictSame(parseUserLine(line(whole), NOW), {
    id: '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
    email: 'ann@example.com',
    password_hash: hash,
    roles: ['admin', 'team:a/b'],
    created_at: '2020-02-03T03:05:06.789Z',
    disabled_at: '2021-01-01T00:00:00.000Z',
  })
  const least = parseUserLine(line(), NOW)
  t.match(least, { roles: [], disabled_at: null, created_at: '2030-01-01T00:00:00.000Z' })
  t.ok(isId(least.id))
  const { id } = parseUserLine(line({ created_at: whole.created_at, disabled_at: null }), NOW)
  t.equal(idTime(id), Date.parse(whole.created_at), 'ids sort by the time of creation')
})

t.test('a line that is refused says which member is wrong, and not what stood there', async (t) => {
  const secret = 'canary'
  for (const [text, reason] of [
    ['', 'is not JSON'],
    ['{', 'is not JSON'],
    ['[]', /must be object/],
    ['null', /must be object/],
    ['{}', /required/],
    [line({ email: secret }), 'email: must be an email address'],
    [line({ email: 5 }), /^email: must be string/],
    [line({ email: `${secret}\u0000@example.com` }), 'email: must be an email address'],
    [line({ password_hash: secret }), 'password_hash: has an unknown form'],
    [line({ password_hash: `$2b$31$${'a'.repeat(53)}` }), /^password_hash: is out of bounds: the cost of bcrypt/],
    [line({ password_hash: 'x'.repeat(2000) }), /^password_hash: must NOT have more/],
    [line({ password: secret }), 'password: is no member of an account'],
    [line({ roles: ['a b'] }), /^roles.0: must match/],
    [line({ roles: ['a', 'a'] }), /^roles: must NOT have duplicate/],
    [line({ roles: Array.from({ length: 33 }, (_, i) => `r${i}`) }), /^roles: must NOT have more/],
    [line({ id: secret }), /^id: must match/],
    [line({ created_at: '2020-01-01' }), /^created_at: must match/],
    [line({ created_at: '2020-99-01T00:00:00Z' }), 'created_at: must be a time from 1970 until now'],
    [line({ created_at: '2031-01-01T00:00:00Z' }), 'created_at: must be a time from 1970 until now'],
    [line({ created_at: '1969-01-01T00:00:00Z' }), 'created_at: must be a time from 1970 until now'],
    [line({ disabled_at: '2031-01-01T00:00:00Z' }), 'disabled_at: must be a time from 1970 until now'],
  ] as const) {
    const error = t.throws(() => parseUserLine(text, NOW), { message: reason }, text.slice(0, 100)) as Error
    t.ok(error instanceof RefusedLine)
    t.notMatch(error.message, secret)
  }
})
