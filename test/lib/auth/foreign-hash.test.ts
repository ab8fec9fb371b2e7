import { argon2Sync, pbkdf2Sync, randomBytes } from 'node:crypto'
import t from 'tap'
import { checkForeignBcrypt, parseForeignHash, verifyForeignHash } from '../../../lib/auth/foreign-hash.ts'
import { FOREIGN } from '../../fixtures/foreign-hashes.ts'

const base64 = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')

t.test('hashes that others have made, with their passwords and no other', async (t) => {
  for (const { hash, password, scheme } of FOREIGN) {
    t.equal(parseForeignHash(hash).scheme, scheme)
    t.ok(await verifyForeignHash(password, hash), scheme)
    for (const wrong of ['Password', 'password ', ''])
      t.notOk(await verifyForeignHash(wrong, hash), `${scheme}: ${wrong}`)
  }
})

t.test('every digest and every kind', async (t) => {
  const salt = randomBytes(16)
  for (const [digest, bytes] of [
    ['sha1', 20],
    ['sha256', 32],
    ['sha512', 64],
  ] as const) {
    const hash = `$pbkdf2-${digest}$i=1000$${base64(salt)}$${base64(pbkdf2Sync('Żółć 👋', salt, 1000, bytes, digest))}`
    t.ok(await verifyForeignHash('Żółć 👋', hash), digest)
    t.notOk(await verifyForeignHash('Żółć', hash), digest)
  }
  for (const algorithm of ['argon2d', 'argon2i', 'argon2id'] as const) {
    const cost = { memory: 64, passes: 2, parallelism: 2, tagLength: 24 }
    const hash = argon2Sync(algorithm, { message: 'Żółć', nonce: salt, ...cost })
    t.ok(await verifyForeignHash('Żółć', `$${algorithm}$v=19$m=64,t=2,p=2$${base64(salt)}$${base64(hash)}`), algorithm)
  }
})

const [SALT, HASH] = ['A'.repeat(22), 'A'.repeat(43)]
const tail = `$${SALT}$${HASH}`

t.test('what costs too much, or proves too little, is refused with the reason', async (t) => {
  for (const [hash, reason] of [
    [`$argon2id$v=19$m=131073,t=1,p=1${tail}`, /memory of Argon2/],
    [`$argon2id$v=19$m=15,t=1,p=2${tail}`, /memory of Argon2/],
    [`$argon2id$v=19$m=131072,t=5,p=1${tail}`, /times its passes/],
    [`$argon2id$v=19$m=131072,t=0,p=1${tail}`, /times its passes/],
    [`$argon2id$v=19$m=1024,t=1,p=17${tail}`, /lanes of Argon2/],
    [`$argon2id$v=19$m=1024,t=1,p=0${tail}`, /lanes of Argon2/],
    [`$argon2id$v=19$m=1024,t=1,p=1$AAAA$${HASH}`, /bytes of the salt/],
    [`$argon2id$v=19$m=1024,t=1,p=1$${SALT}$AAAA`, /bytes of the hash/],
    [`$argon2id$v=19$m=1024,t=1,p=1$${SALT}$${'A'.repeat(88)}`, /bytes of the hash/],
    [`$argon2id$v=16$m=1024,t=1,p=1${tail}`, /unknown form/],
    [`$argon2id$v=19$m=1024,t=1,p=1,keyid=AAAA${tail}`, /unknown form/],
    [`$argon2x$v=19$m=1024,t=1,p=1${tail}`, /unknown form/],
    [`$scrypt$ln=18,r=8,p=1${tail}`, /memory of scrypt/],
    [`$scrypt$ln=31,r=1,p=1${tail}`, /logarithm/],
    [`$scrypt$ln=0,r=1,p=1${tail}`, /logarithm/],
    [`$scrypt$ln=10,r=0,p=1${tail}`, /memory of scrypt/],
    [`$scrypt$ln=17,r=8,p=3${tail}`, /work of scrypt/],
    [`$scrypt$ln=10,r=8,p=17${tail}`, /lanes of scrypt/],
    [`$scrypt$ln=10,r=8,p=1$${SALT}$${'A'.repeat(20)}`, /bytes of the hash/],
    [`$scrypt$ln=10,r=8,p=1$${'A'.repeat(88)}$${HASH}`, /bytes of the salt/],
    [`$pbkdf2-sha1$i=2000001$${SALT}$${'A'.repeat(27)}`, /iterations/],
    [`$pbkdf2-sha256$i=2000001${tail}`, /iterations/],
    [`$pbkdf2-sha512$i=1000001${tail}`, /iterations/],
    [`$pbkdf2-sha256$i=0${tail}`, /iterations/],
    [`$pbkdf2-sha1$i=1000${tail}`, /bytes of the hash/],
    [`$pbkdf2-sha256$i=1000$${SALT}$AAAA`, /bytes of the hash/],
    [`$pbkdf2-md5$i=1000${tail}`, /unknown form/],
    [`$pbkdf2-sha256$i=1e9${tail}`, /unknown form/],
    ['', /unknown form/],
  ] as const) {
    t.throws(() => parseForeignHash(hash), reason, hash)
    await t.rejects(verifyForeignHash('x', hash), { message: reason }, hash)
  }
})

t.test('the most that is allowed is still computed', async (t) => {
  for (const hash of [
    `$argon2id$v=19$m=131072,t=4,p=1${tail}`,
    `$scrypt$ln=17,r=8,p=2${tail}`,
    `$pbkdf2-sha256$i=2000000${tail}`,
  ]) {
    const begin = performance.now()
    t.equal(await verifyForeignHash('x', hash), false, hash)
    t.comment(`${Math.round(performance.now() - begin)} ms: ${hash}`)
  }
})

t.test('bcrypt from elsewhere', async (t) => {
  const hash = (cost: string) => `$2y$${cost}$${'a'.repeat(53)}`
  for (const cost of ['04', '14']) t.doesNotThrow(() => checkForeignBcrypt(hash(cost)), cost)
  for (const cost of ['00', '03', '15', '31', '99'])
    t.throws(() => checkForeignBcrypt(hash(cost)), /cost of bcrypt/, cost)
  for (const other of ['$2x$10$', hash('1'), `${hash('10')}a`])
    t.throws(() => checkForeignBcrypt(other), /unknown form/)
})
