import { createHmac, hkdfSync, randomBytes } from 'node:crypto'
import t from 'tap'
import { newId } from '../../../lib/auth/ids.ts'
import { RefreshTokens } from '../../../lib/auth/refresh-token.ts'

const kek = randomBytes(32)
const tokens = new RefreshTokens(kek)
const claim = { userId: newId(1), sessionId: newId(2), generation: 7 }
const token = tokens.make(claim, 3)
const bytes = Buffer.from(token.slice(4), 'base64url')
const spell = (bytes: Buffer) => `tfr_${bytes.toString('base64url')}`

t.test('what was made can be read, by every instance with the same key', async (t) => {
  t.match(token, /^tfr_[\w-]{96}$/)
  t.strictSame(tokens.read(token, 3), claim)
  t.strictSame(new RefreshTokens(Buffer.from(kek)).read(token, 3), claim)
  t.equal(tokens.make(claim, 3), token, 'the same successor is the same text')
  for (const generation of [0, 1, 2 ** 32 - 1]) {
    t.strictSame(tokens.read(tokens.make({ ...claim, generation }, 3), 3), { ...claim, generation })
  }
})

t.test('the layout: ids, generation, epoch, and HMAC-SHA-256 under HKDF of key and epoch', async (t) => {
  const key = Buffer.from(hkdfSync('sha256', kek, '', 'tokenforge/refresh-token/1/3', 32))
  t.equal(bytes.length, 72)
  t.equal(bytes.subarray(0, 16).toString('hex'), claim.userId.replaceAll('-', ''))
  t.equal(bytes.subarray(16, 32).toString('hex'), claim.sessionId.replaceAll('-', ''))
  t.equal(bytes.readUInt32BE(32), 7)
  t.equal(bytes.readUInt32BE(36), 3)
  t.strictSame(bytes.subarray(40), createHmac('sha256', key).update(bytes.subarray(0, 40)).digest())
})

t.test('a token that was altered in any bit is refused', async (t) => {
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const altered = Buffer.from(bytes)
    const at = bit >> 3
    altered.writeUInt8(altered.readUInt8(at) ^ (1 << (bit & 7)), at)
    if (tokens.read(spell(altered), 3) !== null) t.fail(`bit ${bit} does not matter`)
  }
  t.strictSame(tokens.read(spell(Buffer.from(bytes)), 3), claim, 'the same way of spelling, not altered')
})

t.test('another session epoch, or another key, voids a token', async (t) => {
  for (const epoch of [0, 2, 4, 2 ** 32 - 1]) t.equal(tokens.read(token, epoch), null, `epoch ${epoch}`)
  t.strictSame(tokens.read(token, 3), claim, 'still good in its own')
  t.equal(new RefreshTokens(randomBytes(32)).read(token, 3), null)
  const moved = Buffer.from(bytes)
  moved.writeUInt32BE(4, 36)
  t.equal(tokens.read(spell(moved), 4), null, 'the epoch that it claims is proved as well')
})

t.test('a token tells the epoch that it claims, unproved', async (t) => {
  t.equal(tokens.epochOf(token), 3)
  const moved = Buffer.from(bytes)
  moved.writeUInt32BE(9, 36)
  t.equal(tokens.epochOf(spell(moved)), 9)
  t.equal(tokens.epochOf('garbage'), null)
})

t.test('there is one text for a token', async (t) => {
  const standard = `tfr_${bytes.toString('base64')}`
  const others = [
    ...[` ${token}`, `${token} `, `${token}\n`, `${token}=`, token.toUpperCase(), token.slice(4), `Bearer ${token}`],
    ...[token.replace('tfr_', 'tfr-'), token.replace('tfr_', 'TFR_'), `${token.slice(0, 50)}\n${token.slice(50)}`],
    ...(standard === token ? [] : [standard]),
  ]
  for (const text of others) {
    t.equal(tokens.read(text, 3), null, JSON.stringify(text))
    t.equal(tokens.epochOf(text), null)
  }
})

t.test('what has not the form of a token is refused', async (t) => {
  const shapes = ['', 'tfr_', `tfr_${'A'.repeat(95)}`, `tfr_${'A'.repeat(97)}`, `tfr_${'A'.repeat(100_000)}`, 'a.b.c']
  for (const text of [...shapes, `tfr_${'é'.repeat(96)}`, `tfr_${'.'.repeat(96)}`, `tfr_${'A'.repeat(96)}`]) {
    t.equal(tokens.read(text, 3), null)
  }
})

t.test('while the key-encryption key is changed, tokens of both are read', async (t) => {
  const next = randomBytes(32)
  const [before, after] = [new RefreshTokens(kek, next), new RefreshTokens(next, kek)]
  for (const [maker, reader] of [
    [before, after],
    [after, before],
    [after, new RefreshTokens(next)],
    [before, tokens],
  ] as const) {
    t.strictSame(reader.read(maker.make(claim, 3), 3), claim)
    t.equal(reader.read(maker.make(claim, 3), 4), null, 'another session epoch')
  }
  t.equal(new RefreshTokens(next).read(before.make(claim, 3), 3), null, 'the old one is gone')
})
