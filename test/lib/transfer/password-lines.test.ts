import t from 'tap'
import { foldPassword, keyOfPassword } from '../../../lib/auth/password-filter.ts'
import { countLines, NoPasswordList, readPasswords } from '../../../lib/transfer/password-lines.ts'

async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function read(bytes: Buffer, size = bytes.length) {
  const keys: string[] = []
  const found = await readPasswords(inChunks(bytes, size), (key) => keys.push(key.toString('hex')))
  return { keys, found }
}
const hexOf = (password: string) => keyOfPassword(password).toString('hex')

t.test('passwords in clear and by their SHA-1, however the file is cut into chunks', async (t) => {
  const lines = [
    'Password1\r\n',
    `${hexOf('Secret99').toUpperCase()}:12345\n`,
    `${hexOf('letmein!')}\n\n`,
    'CONTRASEN\u0303A con espacios \n',
    `${'a'.repeat(40)}g\n`,
    'no-end',
  ]
  const bytes = Buffer.concat([...lines.map((line) => Buffer.from(line)), Buffer.from([10, 0xff, 0xfe])])
  const whole = await read(bytes)
  t.strictSame(whole, {
    keys: [
      hexOf('password1'),
      hexOf('Secret99'),
      hexOf('letmein!'),
      hexOf(foldPassword('contrase\u00f1a con espacios ')),
      hexOf(`${'a'.repeat(40)}g`),
      hexOf('no-end'),
    ],
    found: { words: 4, hashes: 2, skipped: 1 },
  })
  for (const size of [1, 7, 64]) t.strictSame(await read(bytes, size), whole, `${size} bytes a chunk`)
  t.equal(await countLines(inChunks(bytes, 7)), 8)
  t.strictSame((await read(Buffer.alloc(0), 1)).keys, [])
})

t.test('what is no list of passwords is refused', async (t) => {
  const ntlm = Buffer.from(`fine\n${'8846F7EAEE8FB117AD06BDD830B7586C'}:9\n`)
  await t.rejects(read(ntlm), new NoPasswordList('has NTLM hashes; take the list of SHA-1 hashes'))
  t.equal((await read(Buffer.from('8846F7EAEE8FB117AD06BDD830B7586C\n'))).found.words, 1, 'somebody may have that one')
  await t.rejects(read(Buffer.alloc(200_000, 'x'), 50_000), { message: /^has a line of more than 65536 bytes$/ })
})
