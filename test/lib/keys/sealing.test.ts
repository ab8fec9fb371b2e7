import { randomBytes } from 'node:crypto'
import t from 'tap'
import { seal, unseal } from '../../../lib/keys/sealing.ts'

const kek = randomBytes(32)
const pem = '-----BEGIN PRIVATE KEY-----\nnot really: é\n-----END PRIVATE KEY-----\n'

t.test('what was sealed can be opened, and tells nothing before', async (t) => {
  const sealed = seal(kek, 'kid', pem)
  t.match(sealed, /^v1\.[\w-]+$/)
  t.notOk(Buffer.from(sealed.slice(3), 'base64url').includes('PRIVATE'))
  t.equal(unseal(kek, 'kid', sealed), pem)
  t.not(seal(kek, 'kid', pem), sealed, 'no nonce is used twice')
})

t.test('with another key-encryption key it stays shut', async (t) => {
  t.throws(() => unseal(randomBytes(32), 'kid', seal(kek, 'kid', pem)))
})

t.test('a sealed key can not be passed off as another', async (t) => {
  t.throws(() => unseal(kek, 'dik', seal(kek, 'kid', pem)))
})

t.test('a change of any byte is noticed', async (t) => {
  const bytes = Buffer.from(seal(kek, 'kid', pem).slice(3), 'base64url')
  for (let i = 0; i < bytes.length; i++) {
    const changed = Buffer.from(bytes)
    changed.writeUInt8(changed.readUInt8(i) ^ 1, i)
    t.throws(() => unseal(kek, 'kid', `v1.${changed.toString('base64url')}`), `byte ${i}`)
  }
  for (const length of [0, 1, 12, 27, 28, 29, bytes.length - 1]) {
    t.throws(() => unseal(kek, 'kid', `v1.${bytes.subarray(0, length).toString('base64url')}`), `${length} bytes`)
  }
})

t.test('what is not a sealed key is said to be none', async (t) => {
  const body = seal(kek, 'kid', pem).slice(3)
  for (const text of ['', 'v1', 'v1.', `v2.${body}`, body, `.${body}`, pem]) {
    t.throws(() => unseal(kek, 'kid', text), { message: 'not a sealed key' }, JSON.stringify(text.slice(0, 5)))
  }
})
