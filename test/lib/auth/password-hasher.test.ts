import bcrypt from 'bcrypt'
import t from 'tap'
import { PasswordHasher } from '../../../lib/auth/password-hasher.ts'
import { FOREIGN } from '../../fixtures/foreign-hashes.ts'

const COST = 4
const hasher = new PasswordHasher('a pepper of some length', COST)
const fresh = { correct: true, stale: false }
const stale = { correct: true, stale: true }
const unavailable = { code: 'dependency_unavailable', details: { dependency: 'password-hashing' } }
const wrong = { correct: false, stale: false }

t.test('the right password, and no other', async (t) => {
  const hash = await hasher.hash('correct horse')
  t.match(hash, /^hmac-sha384:[0-9a-f]{8}:\$2b\$04\$[./A-Za-z0-9]{53}$/)
  t.strictSame(await hasher.check('correct horse', hash), fresh)
  for (const password of ['correct hors', 'correct horse ', 'Correct horse', '']) {
    t.strictSame(await hasher.check(password, hash), wrong, JSON.stringify(password))
  }
  t.not(await hasher.hash('correct horse'), hash, 'salted')
})

t.test('every character matters, also beyond the 72 bytes of bcrypt', async (t) => {
  const long = 'x'.repeat(72)
  const hash = await hasher.hash(`${long}tail`)
  t.strictSame(await hasher.check(`${long}tail`, hash), fresh)
  for (const tail of ['', 'Tail', 'tail2']) t.strictSame(await hasher.check(long + tail, hash), wrong)
  const wide = await hasher.hash(`${'👋'.repeat(100)}a`)
  t.strictSame(await hasher.check(`${'👋'.repeat(100)}b`, wide), wrong)
})

t.test('a NUL ends nothing', async (t) => {
  const hash = await hasher.hash('before\0after')
  t.strictSame(await hasher.check('before\0other', hash), wrong)
  t.strictSame(await hasher.check('before', hash), wrong)
})

t.test('a plain bcrypt hash from elsewhere verifies, and is to be upgraded', async (t) => {
  const elsewhere = await bcrypt.hash('correct horse', COST)
  for (const version of ['$2b$', '$2a$', '$2y$']) {
    const hash = elsewhere.replace('$2b$', version)
    t.strictSame(await hasher.check('correct horse', hash), stale, version)
    t.strictSame(await hasher.check('wrong horse', hash), wrong, version)
  }
})

t.test('a hash of another scheme from elsewhere verifies, and is to be upgraded', async (t) => {
  for (const { hash, password } of FOREIGN) {
    t.strictSame(await hasher.check(password, hash), stale, hash)
    t.strictSame(await hasher.check('wrong horse', hash), wrong, hash)
  }
})

t.test('a cost that would keep a core busy for long is refused before it is paid', async (t) => {
  const begin = performance.now()
  const tail = `$${'A'.repeat(22)}$${'A'.repeat(43)}`
  for (const hash of [
    `$2b$31$${'a'.repeat(53)}`,
    `hmac-sha384:none:$2b$31$${'a'.repeat(53)}`,
    `$argon2id$v=19$m=4194304,t=1000,p=1${tail}`,
    `$scrypt$ln=30,r=8,p=1${tail}`,
    `$pbkdf2-sha256$i=999999999${tail}`,
  ]) {
    await t.rejects(hasher.check('x', hash), unavailable, hash)
  }
  t.ok(performance.now() - begin < 1000)
})

t.test('a pepper that was added later: the old hashes verify, and are to be upgraded', async (t) => {
  const bare = new PasswordHasher(undefined, COST)
  const hash = await bare.hash('correct horse')
  t.match(hash, /^hmac-sha384:none:/)
  t.strictSame(await bare.check('correct horse', hash), fresh)
  t.strictSame(await hasher.check('correct horse', hash), stale)
  t.strictSame(await hasher.check('wrong horse', hash), wrong)
  t.strictSame(await hasher.check('correct horse', await hasher.hash('correct horse')), fresh)
})

t.test('a hash of another pepper is never said to be a wrong password', async (t) => {
  const hash = await hasher.hash('correct horse')
  const unreadable = { ...unavailable, cause: { message: 'a stored password hash was made with another pepper' } }
  await t.rejects(new PasswordHasher('some other pepper here', COST).check('correct horse', hash), unreadable)
  await t.rejects(new PasswordHasher(undefined, COST).check('correct horse', hash), unreadable)
  await t.rejects(hasher.check('correct horse', hash.replace('hmac-sha384', 'hmac-md5')), unreadable)
})

t.test('while the pepper is changed, the second one checks and its hashes are to be upgraded', async (t) => {
  const [old, next] = ['a pepper of some length', 'the next pepper of some length']
  const before = new PasswordHasher(old, COST, next)
  const after = new PasswordHasher(next, COST, old)
  const made = await before.hash('correct horse')
  t.strictSame(await before.check('correct horse', made), { correct: true, stale: false })
  t.strictSame(await after.check('correct horse', made), { correct: true, stale: true })
  t.strictSame(await after.check('wrong horse', made), { correct: false, stale: false })
  const upgraded = await after.hash('correct horse')
  t.strictSame(await before.check('correct horse', upgraded), { correct: true, stale: true }, 'one not changed yet')
  t.strictSame(await new PasswordHasher(next, COST).check('correct horse', upgraded), { correct: true, stale: false })
  await t.rejects(new PasswordHasher(next, COST).check('correct horse', made), { code: 'dependency_unavailable' })
})

t.test('the pepper is needed to check, and is not in the hash', async (t) => {
  const hash = await hasher.hash('correct horse')
  const [, , inner = ''] = hash.split(':')
  t.strictSame(await new PasswordHasher(undefined, COST).check('correct horse', `hmac-sha384:none:${inner}`), wrong)
  t.notMatch(hash, 'pepper')
})

t.test('another cost makes a hash stale, up or down', async (t) => {
  const hash = await new PasswordHasher('a pepper of some length', 5).hash('correct horse')
  t.strictSame(await hasher.check('correct horse', hash), stale)
  t.strictSame(await hasher.check('wrong horse', hash), wrong)
})

t.test('an unknown user is the same work and a no', async (t) => {
  const compared: string[] = []
  t.intercept(bcrypt, 'compare', {
    value: async (_: string, hash: string) => {
      compared.push(hash)
      return true
    },
  })
  t.match(await hasher.check('correct horse', undefined), { correct: false })
  t.match(await hasher.check('correct horse', undefined), { correct: false })
  t.equal(compared.length, 2, 'a hash was computed each time')
  for (const hash of compared) t.match(hash, /^\$2b\$04\$/, 'with the cost of the others')
})

t.test('a stored hash that is none is an outage, never a verdict', async (t) => {
  const good = await hasher.hash('x')
  const unreadable = { ...unavailable, cause: { message: 'a stored password hash has an unknown form' } }
  for (const hash of ['', 'x', '$argon2id$v=19$m=1', 'md5:none:abc', `${good}x`, good.slice(0, -1), 'hmac-sha384']) {
    await t.rejects(hasher.check('x', hash), unreadable, hash)
  }
})
