import t from 'tap'
import { newId } from '../../../lib/auth/ids.ts'
import { PostgresSyncStore } from '../../../lib/store/postgres-sync.ts'
import { UserStore } from '../../../lib/store/users.ts'
import { postgresHandle } from '../../fixtures/handles.ts'
import { sharedDatabase } from '../../fixtures/shared-postgres.ts'

const url = await sharedDatabase(t)
const postgres = await postgresHandle(t, url)
const users = new UserStore(postgres.handle)
const sync = new PostgresSyncStore(postgres.handle)
const FAR_AWAY = postgres.deadline

let count = 0
function newUser() {
  count += 1
  return { id: newId(Date.now()), email: `user${count}@example.com`, passwordHash: 'hash 1' }
}

t.test('a user is stored once an email, and found by id and by email', async (t) => {
  const given = newUser()
  const user = await users.insert(given, null)
  t.match(user, { ...given, roles: [], disabledAt: null })
  t.ok(Math.abs((user?.createdAt.getTime() ?? 0) - Date.now()) < 5000)
  t.strictSame(await users.findById(given.id), user)
  t.strictSame(await users.findByEmail(given.email), user)
  t.equal(await users.insert({ ...newUser(), email: given.email }, null), null)
  t.equal(await users.findById(newId(0)), null)
  t.equal(await users.findByEmail('nobody@example.com'), null)
})

t.test('of many registrations of one email at once one is made', async (t) => {
  const { email } = newUser()
  const made = await Promise.all(Array.from({ length: 20 }, () => users.insert({ ...newUser(), email }, null)))
  t.equal(made.filter((user) => user !== null).length, 1)
})

t.test('an account that is there is written as it is', async (t) => {
  const mine = newUser()
  t.equal(await users.insertOrTouch(mine), true)
  const before = await users.findByEmail(mine.email)
  t.match(before, mine)
  t.equal(await users.insertOrTouch({ ...newUser(), email: mine.email, passwordHash: 'hash 9' }), false)
  t.strictSame(await users.findByEmail(mine.email), before)
})

t.test('roles and a disabled account come back as they are stored', async (t) => {
  const { id } = (await users.insert(newUser(), null)) ?? { id: '' }
  await postgres.pool.query(`UPDATE users SET roles = '{admin,"a b"}', disabled_at = now() WHERE id = $1`, [id])
  const user = await users.findById(id)
  t.strictSame(user?.roles, ['admin', 'a b'])
  t.type(user?.disabledAt, Date)
})

t.test('an email is a value, never SQL', async (t) => {
  const email = `x'; DROP TABLE users; --@example.com`
  t.equal(await users.findByEmail(email), null)
  await users.insert({ ...newUser(), email }, null)
  t.match(await users.findByEmail(email), { email })
})

t.test('a hash is replaced only when it is still the one that was read', async (t) => {
  const { id } = (await users.insert(newUser(), null)) ?? { id: '' }
  t.equal(await users.replaceHash(id, 'hash 1', 'hash 2'), true)
  t.equal(await users.replaceHash(id, 'hash 1', 'hash 3'), false)
  t.equal((await users.findById(id))?.passwordHash, 'hash 2')
  t.equal(await users.replaceHash(newId(0), 'hash 1', 'hash 2'), false)
})

t.test('a new password and the end of the other sessions are one step', async (t) => {
  const { id } = (await users.insert(newUser(), null)) ?? { id: '' }
  const pending = (n: number) => ({
    id: newId(n),
    userId: id,
    sessionId: null,
    keepSessionId: newId(1),
    revokedAt: new Date(1000 * n),
    expiresAt: new Date(9_999_999),
  })
  const [one, two] = [pending(1), pending(2)]
  t.equal(await users.changePassword(id, 'hash 1', 'hash 2', one), true)
  t.equal(await users.changePassword(id, 'hash 1', 'hash 3', two), false)
  t.equal((await users.findById(id))?.passwordHash, 'hash 2')
  t.strictSame((await sync.pull()).pending, [one], 'nothing ends when nothing has changed')
})

t.test('a registration with the same key is known again, for a day', async (t) => {
  const key = Buffer.from('digest of a key')
  const user = await users.insert(newUser(), key)
  const email = user?.email ?? ''
  t.strictSame(await users.registeredWith(email, key), user)
  t.equal(await users.registeredWith(email, Buffer.from('another key')), null)
  t.equal(await users.registeredWith('nobody@example.com', key), null)
  const other = await users.insert(newUser(), null)
  t.equal(await users.registeredWith(other?.email ?? '', key), null)
  await postgres.pool.query(`UPDATE users SET created_at = now() - interval '25 hours' WHERE email = $1`, [email])
  t.equal(await users.registeredWith(email, key), null)
})

t.test('a call that comes after its deadline changes nothing', async (t) => {
  const user = (await users.insert(newUser(), null)) ?? { id: '' }
  const late = newUser()
  const pending = { id: newId(0), userId: user.id, sessionId: null, keepSessionId: null }
  const ending = { ...pending, revokedAt: new Date(0), expiresAt: new Date(0) }
  postgres.deadline = Date.now() - 1000
  const calls: Record<string, () => Promise<unknown>> = {
    insert: () => users.insert(late, null),
    insertOrTouch: () => users.insertOrTouch(late),
    replaceHash: () => users.replaceHash(user.id, 'hash 1', 'hash 2'),
    change: () => users.change(user.id, { disabled: true }, null),
    changePassword: () => users.changePassword(user.id, 'hash 1', 'hash 2', ending),
  }
  for (const [name, call] of Object.entries(calls)) {
    await t.rejects(call(), { code: 'dependency_unavailable' }, `${name}: an outage, not a verdict`)
  }
  t.equal(await users.findByEmail(late.email), null)
  t.equal((await users.findById(user.id))?.passwordHash, 'hash 1')
  postgres.deadline = FAR_AWAY
  t.match(await users.insert(late, null), { email: late.email })
})

t.test('a change, its version and what Redis must hear of it are one step', async (t) => {
  const { id } = (await users.insert(newUser(), null)) ?? { id: '' }
  const ending = { id: newId(7), userId: id, sessionId: null, keepSessionId: null }
  const revocation = { ...ending, revokedAt: new Date(1000), expiresAt: new Date(2000) }
  const changed = await users.change(id, { roles: ['a', 'b'] }, null)
  t.match(changed, { id, roles: ['a', 'b'], disabledAt: null, version: 2 })
  t.strictSame((await sync.pull()).changes, [{ userId: id, version: 2 }])
  const disabled = await users.change(id, { disabled: true }, revocation)
  t.match(disabled, { roles: ['a', 'b'], disabledAt: Date, version: 3 })
  const news = await sync.pull()
  t.strictSame(news.changes, [{ userId: id, version: 3 }])
  t.ok(news.pending.some((each) => each.id === revocation.id))
  const again = await users.change(id, { disabled: true }, null)
  t.strictSame(again?.disabledAt, disabled?.disabledAt, 'disabled since the first time')
  t.match(await users.change(id, { disabled: false }, null), { disabledAt: null, version: 5 })
  await sync.forgetChange({ userId: id, version: 4 })
  t.strictSame((await sync.pull()).changes, [{ userId: id, version: 5 }], 'a newer one is still to be told')
  await sync.forgetChange({ userId: id, version: 5 })
  t.strictSame((await sync.pull()).changes, [])
  t.equal(await users.change(newId(0), { disabled: true }, { ...revocation, id: newId(8) }), null)
  t.notOk((await sync.pull()).pending.some((each) => each.id === newId(8)))
})
