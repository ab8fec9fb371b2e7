import { createHash } from 'node:crypto'
import t from 'tap'
import { BEGINNING, LineReader } from '../../../lib/transfer/line-reader.ts'

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

t.test('lines are the same however the file comes', async (t) => {
  const file = Buffer.from('\ufeffone\nzwei Żółć 👋\r\n\n12345678901234567890\n123456789012345\nlast')
  for (const size of [1, 2, 3, 7, 16, 1000]) {
    const reader = new LineReader(BEGINNING(), 20)
    const lines = []
    for await (const line of reader.read(inChunks(file, size))) {
      lines.push(line)
      t.equal(reader.digest().toString('hex'), sha256(file.subarray(0, line.end)), `digest of line ${line.number}`)
    }
    t.strictSame(
      lines.map(({ number, text }) => [number, text]),
      [
        [1, 'one'],
        [2, 'zwei Żółć 👋'],
        [3, ''],
        [4, '12345678901234567890'],
        [5, '123456789012345'],
        [6, 'last'],
      ],
    )
    t.equal(lines.at(-1)?.end, file.length)
  }
})

t.test('a line that is too long or no UTF-8 is told, and the next one is read', async (t) => {
  const file = Buffer.concat([
    Buffer.from(`${'x'.repeat(5000)}\nshort\n`),
    Buffer.from([0xff, 10]),
    Buffer.from('end\n'),
  ])
  for (const size of [1, 100, 10_000]) {
    const texts = []
    for await (const { text } of new LineReader(BEGINNING(), 10).read(inChunks(file, size))) texts.push(text)
    t.strictSame(texts, [null, 'short', null, 'end'])
  }
})

t.test('it goes on behind what was read before', async (t) => {
  const file = Buffer.from('a\nb\nc\n')
  const hash = createHash('sha256').update('a\n')
  const reader = new LineReader({ bytes: 2, lines: 1, hash }, 10)
  const lines = []
  for await (const line of reader.read(inChunks(file.subarray(2), 1000))) lines.push(line)
  t.strictSame(lines, [
    { number: 2, text: 'b', end: 4 },
    { number: 3, text: 'c', end: 6 },
  ])
  t.equal(reader.digest().toString('hex'), sha256(file))
})

t.test('nothing', async (t) => {
  for await (const _ of new LineReader(BEGINNING(), 10).read(inChunks(Buffer.alloc(0), 1))) t.fail('a line')
})
