import bcrypt from 'bcrypt'
import t from 'tap'
import { newId } from '../../../lib/auth/ids.ts'
import { NETWORK, startAccounts } from '../../fixtures/accounts.ts'
import { PASSWORD } from '../../fixtures/app.ts'

const { accounts, users, redis, postgres, queue, neglected, newEmail, newAccount, login, withoutRedisAfterHashing } =
  await startAccounts(t)
const invalid = { code: 'invalid_credentials', statusCode: 401 }

t.test('an account is made once an email, whatever its spelling', async (t) => {
  const user = await accounts.register({ email: ' Kim@Example.com', password: PASSWORD }, queue.admit())
  t.match(user, { email: 'kim@example.com', taken: false })
  t.match(await users.findByEmail('kim@example.com'), {
    id: user.id,
    roles: [],
    disabledAt: null,
    passwordHash: /^hmac-sha384:/,
  })
  const again = { email: '\u212aim@EXAMPLE.com', password: 'another password' }
  await t.rejects(accounts.register(again, queue.admit()), { code: 'email_taken', statusCode: 409 })
  t.match(await login('KIM@example.com', PASSWORD), { id: user.id })
  await t.rejects(login('kim@example.com', 'another password'), invalid)
})

t.test('a registration that is repeated with its key is the same account, another one is not', async (t) => {
  const given = { email: newEmail(), password: PASSWORD }
  const user = await accounts.register(given, queue.admit(), 'key 1')
  t.equal((await accounts.register(given, queue.admit(), 'key 1')).id, user.id)
  for (const key of ['key 2', undefined])
    await t.rejects(accounts.register(given, queue.admit(), key), { code: 'email_taken' })
  const other = { email: newEmail(), password: PASSWORD }
  t.not((await accounts.register(other, queue.admit(), 'key 1')).id, user.id)
})

t.test('nothing is hashed for what is refused anyhow', async (t) => {
  const place = { run: () => Promise.reject(new Error('hashed')), release: () => {} }
  await t.rejects(accounts.register({ email: 'no', password: PASSWORD }, place), { code: 'invalid_request' })
  await t.rejects(accounts.register({ email: newEmail(), password: 'short' }, place), { code: 'password_rejected' })
  await t.rejects(accounts.authenticate({ email: 'no', password: PASSWORD }, NETWORK, place), {
    code: 'invalid_request',
  })
  await t.rejects(accounts.authenticate({ email: newEmail(), password: '\ud800' }, NETWORK, place), {
    code: 'invalid_request',
  })
})

t.test('an unknown email and a wrong password get the same answer', async (t) => {
  const { email } = await newAccount()
  const errors = await Promise.all(
    [login(newEmail(), PASSWORD), login(email, 'wrong horse battery')].map((each) => each.catch((error) => error)),
  )
  t.match(errors, [invalid, invalid])
  t.equal(errors[0].message, errors[1].message)
  t.strictSame(
    errors.map(({ details }) => details.reason),
    ['unknown email', 'wrong password'],
  )
})

t.test('the budget is spent before a password is looked at, and a success gives it back', async (t) => {
  const { email } = await newAccount()
  for (let i = 0; i < 2; i++) await t.rejects(login(email, 'wrong horse battery'), invalid)
  await login(email, PASSWORD)
  for (let i = 0; i < 3; i++) await t.rejects(login(email, 'wrong horse battery'), invalid)
  await t.rejects(login(email, PASSWORD), {
    code: 'too_many_attempts',
    details: { spent: { policy: 'account', max: 3, windowMs: 60_000 } },
  })
  const unknown = newEmail()
  for (let i = 0; i < 3; i++) await t.rejects(login(unknown, PASSWORD), invalid)
  await t.rejects(login(unknown, PASSWORD), { code: 'too_many_attempts' }, 'an unknown email as well')
})

t.test('of a burst of guesses as many are looked at as the budget has', async (t) => {
  const { email } = await newAccount()
  const answers = await Promise.allSettled(Array.from({ length: 30 }, () => login(email, 'wrong horse battery')))
  const codes = answers.map((each) => each.status === 'rejected' && each.reason.code)
  t.equal(codes.filter((code) => code === 'invalid_credentials').length, 3)
  t.equal(codes.filter((code) => code === 'too_many_attempts').length, 27)
})

t.test('a disabled account is said to be so to who knows the password alone', async (t) => {
  const { id, email } = await newAccount()
  await postgres.pool.query('UPDATE users SET disabled_at = now() WHERE id = $1', [id])
  await t.rejects(login(email, PASSWORD), { code: 'account_disabled', statusCode: 403 })
  await t.rejects(login(email, 'wrong horse battery'), invalid)
})

t.test('a hash from elsewhere is upgraded at the next login', async (t) => {
  const email = newEmail()
  const id = newId(Date.now())
  await users.insert({ id, email, passwordHash: await bcrypt.hash(PASSWORD, 4) }, null)
  await login(email, PASSWORD)
  t.match((await users.findById(id))?.passwordHash, /^hmac-sha384:[0-9a-f]{8}:/)
  await login(email, PASSWORD)
})

t.test('a login does not fail because the attempts could not be forgotten', async (t) => {
  const { email } = await newAccount()
  t.match(await accounts.authenticate({ email, password: PASSWORD }, NETWORK, withoutRedisAfterHashing(t)), { email })
  t.strictSame(neglected, ['forget the attempts'])
})

t.test('with Redis away no password is checked', async (t) => {
  const { email } = await newAccount()
  redis.reachable = false
  t.teardown(() => {
    redis.reachable = true
  })
  const place = { run: () => Promise.reject(new Error('checked')), release: () => {} }
  await t.rejects(accounts.authenticate({ email, password: PASSWORD }, NETWORK, place), {
    code: 'dependency_unavailable',
    details: { dependency: 'redis' },
  })
})
