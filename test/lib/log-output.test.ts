import { Writable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { LogOutput } from '../../lib/log-output.ts'

/** Takes what it is given only when told to. */
function slowReader() {
  const taken: string[] = []
  let waiting: (() => void) | undefined
  const stream = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      taken.push(chunk)
      waiting = done
    },
    writev(chunks, done) {
      taken.push(chunks.map(({ chunk }) => chunk).join(''))
      waiting = done
    },
  })
  return { stream, taken, read: () => waiting?.() }
}

t.test('the lines of one turn are written together, in their order', async (t) => {
  const { stream, taken } = slowReader()
  const log = new LogOutput(stream)
  for (const line of ['one\n', 'two\n', 'three\n']) log.write(line)
  t.strictSame(taken, [])
  await turn()
  t.strictSame(taken, ['one\ntwo\nthree\n'])
})

t.test('a reader that stops loses what is over the bound, and is told how much', async (t) => {
  const { stream, taken, read } = slowReader()
  const log = new LogOutput(stream, 10)
  log.write('one\n')
  await turn()
  for (let i = 0; i < 5; i += 1) log.write('waiting\n')
  t.equal(log.dropped, 4, 'it took the first line, one waits')
  read()
  await turn()
  read()
  log.write('again\n')
  await turn()
  t.match(taken.join(''), /^one\nwaiting\n\{.*"log_lines_lost":4\}\nagain\n$/)
  t.equal(log.dropped, 4)
})

t.test('a reader that has gone is no error, and gets nothing more', async (t) => {
  const { stream, taken } = slowReader()
  const log = new LogOutput(stream)
  stream.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
  await turn()
  log.write('one\n')
  await turn()
  t.strictSame(taken, [])
  t.equal(log.dropped, 1)
})

t.test('each line that could not be written is counted once', async (t) => {
  const { stream, taken } = slowReader()
  const log = new LogOutput(stream)
  stream.destroy()
  for (let lines = 1; lines <= 3; lines += 1) {
    log.write('one\n')
    await turn()
    t.equal(log.dropped, lines)
  }
  t.strictSame(taken, [])
})
