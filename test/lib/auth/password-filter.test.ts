import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import {
  foldPassword,
  headerPage,
  keyOfPassword,
  PAGE_BYTES,
  PasswordFilter,
  sealPage,
  verifyFilter,
} from '../../../lib/auth/password-filter.ts'
import { PasswordFilterMaker } from '../../../lib/transfer/password-filter-maker.ts'
import { temporaryFolder } from '../../fixtures/temporary-folder.ts'

const folder = temporaryFolder(t)
const LEAKED = 6600
const RATE = 0.01

const path = join(folder, 'leaked.filter')
const maker = new PasswordFilterMaker(LEAKED, RATE)
for (let i = 0; i < LEAKED; i++) maker.add(keyOfPassword(`leaked ${i}`))
maker.add(keyOfPassword('leaked 0'))
const header = await maker.write(path)
const whole = readFileSync(path)

t.test('what was put in is in it, and of the rest as many as its header tells', async (t) => {
  t.match(header, { pages: 2, probes: 7 })
  t.ok(header.passwords > LEAKED * 0.99 && header.passwords <= LEAKED)
  t.ok(header.falsePositives > RATE / 2 && header.falsePositives <= RATE * 1.05, String(header.falsePositives))
  const filter = PasswordFilter.open(path)
  t.teardown(() => filter.close())
  t.strictSame(filter.header, header)
  t.equal(whole.length, 3 * PAGE_BYTES)
  const count = async (name: string, of: number) => {
    const all = await Promise.all(Array.from({ length: of }, (_, i) => filter.has(keyOfPassword(`${name} ${i}`))))
    return all.filter(Boolean).length
  }
  t.equal(await count('leaked', LEAKED), LEAKED)
  const wrong = (await count('another', 5000)) / 5000
  t.ok(wrong > header.falsePositives / 2 && wrong < header.falsePositives * 2, `${wrong} of others`)
})

t.test('a filter that is not whole says in a line what is wrong with it', async (t) => {
  const changed = (at: number) => {
    const bytes = Buffer.from(whole)
    bytes[at] = (bytes[at] ?? 0) ^ 1
    return bytes
  }
  const page = (at: number) => whole.subarray(at * PAGE_BYTES, (at + 1) * PAGE_BYTES)
  const later = headerPage(header)
  later.write('9', later.indexOf('"version":1') + '"version":'.length)
  sealPage(later, 0)
  const table: Record<string, [bytes: Buffer, message: RegExp]> = {
    'nothing in it': [Buffer.alloc(0), /^is no password filter/],
    'a text': [Buffer.from('123456\npassword\n'), /^is no password filter/],
    'other JSON': [Buffer.from('[]\n'), /^is no password filter/],
    'a later version': [Buffer.concat([later, page(1), page(2)]), /^is a password filter of version 9/],
    'cut off in its first page': [whole.subarray(0, 1000), /^has 1000 bytes: it is not whole$/],
    'cut off in a page': [whole.subarray(0, -1), /^has 12287 bytes instead of 12288: it is not whole$/],
    'cut off behind a page': [whole.subarray(0, -PAGE_BYTES), /^has 8192 bytes instead of 12288: it is not whole$/],
    'too long': [Buffer.concat([whole, page(1)]), /^has 16384 bytes/],
    'a bit of its first page': [changed(whole.indexOf('"pages":2') + 8), /checksum of its page 0 is wrong$/],
    'a bit of another': [changed(2 * PAGE_BYTES + 77), /^is damaged: the checksum of its page 2 is wrong$/],
    'pages in another order': [Buffer.concat([page(0), page(2), page(1)]), /page 1 is wrong$/],
  }
  const file = join(folder, 'damaged.filter')
  for (const [name, [bytes, message]] of Object.entries(table)) {
    writeFileSync(file, bytes)
    t.throws(() => verifyFilter(file), { message }, name)
  }
  t.throws(() => verifyFilter(join(folder, 'none')), { message: 'can not be read (ENOENT)' })
  t.throws(() => verifyFilter(folder), { code: 'EISDIR' })
  t.doesNotThrow(() => verifyFilter(path))
})

t.test('one that is damaged while it is open has no verdict', async (t) => {
  const file = join(folder, 'cut.filter')
  writeFileSync(file, whole)
  const filter = PasswordFilter.open(file)
  t.teardown(() => filter.close())
  truncateSync(file, PAGE_BYTES)
  await t.rejects(filter.has(keyOfPassword('leaked 1')), { message: /^is damaged/ })
})

t.test('a filter that can not be written leaves nothing behind', async (t) => {
  const taken = join(folder, 'taken')
  mkdirSync(taken)
  await t.rejects(new PasswordFilterMaker(1, RATE).write(taken), { code: 'EISDIR' })
  t.throws(() => readFileSync(`${taken}.partial`), { code: 'ENOENT' })
})

t.test('lists are folded', async (t) => {
  t.equal(foldPassword('PASSWORD1'), 'password1')
  t.equal(foldPassword('CONTRASEN\u0303A'), 'contrase\u00f1a')
})
