import t from 'tap'
import { Progress } from '../../cli/progress.ts'

function progressOn(isTTY: boolean) {
  const written: string[] = []
  let now = 0
  const err = { isTTY, write: (text: string | Uint8Array) => written.push(String(text)) > 0 }
  const progress = new Progress({ err }, () => now)
  const after = (ms: number) => {
    now += ms
  }
  return { progress, written, after }
}

t.test('a terminal sees one line that changes, a log a line now and then', async (t) => {
  const terminal = progressOn(true)
  terminal.progress.tell('1 %', 10, 10, 1000)
  t.strictSame(terminal.written, [], 'nothing at once')
  terminal.after(1000)
  terminal.progress.tell('50 %, 500 lines', 500, 500, 1000)
  terminal.after(100)
  terminal.progress.tell('51 %', 510, 510, 1000)
  terminal.after(900)
  terminal.progress.tell('99 %', 900)
  terminal.progress.end()
  const first = '50 %, 500 lines, 500/s, 1 s to go'
  const [width, blank] = [first.length, ' '.repeat(first.length)]
  t.strictSame(terminal.written, [`\r${first}`, `\r${'99 %, 450/s'.padEnd(width)}`, `\r${blank}\r`])

  const log = progressOn(false)
  log.after(4999)
  log.progress.tell('1 %', 10)
  log.after(1)
  log.progress.tell('2 %', 20, 0, 1000)
  log.progress.end()
  t.strictSame(log.written, ['2 %, 4/s\n'])
})
