import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import { cleanEnvironment, nodeCommand } from '../../fixtures/environment.ts'

const SOURCE = pathToFileURL(join(import.meta.dirname, '../../../chaos/soak/signals.ts')).href

// As a soak does it: it listens, a lab is opened that ends the process by itself, and the soak goes on.
const PROGRAM = `
  import { listenForEnd } from '${SOURCE}'
  const say = (line) => process.stdout.write(line + '\\n')
  const end = listenForEnd(() => say('wish'))
  process.on('SIGTERM', function lab() {
    say('lab is cleared up')
    process.off('SIGTERM', lab)
    process.kill(process.pid, 'SIGTERM')
  })
  end.restrain()
  end.signal.addEventListener('abort', () => say('ending'))
  say('ready')
  setInterval(() => {}, 1000)`

/** A process with that program; `said` resolves when it has said a line. */
async function start(t: Test) {
  const [file, args] = nodeCommand('--input-type=module', '-e', PROGRAM)
  const child = spawn(file, args, { env: cleanEnvironment(), stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  const lines: string[] = []
  const reader = createInterface({ input: child.stdout })
  reader.on('line', (line) => lines.push(line))
  return {
    child,
    lines,
    async said(line: string) {
      while (!lines.includes(line)) await once(reader, 'line')
    },
  }
}

t.test('the first signal is a wish, the second one ends it as the lab would', async (t) => {
  const { child, lines, said } = await start(t)
  await said('ready')
  child.kill('SIGTERM')
  await said('wish')
  child.kill('SIGTERM')
  const again = setInterval(() => child.kill('SIGTERM'), 100)
  const [code, signal] = await once(child, 'close')
  clearInterval(again)
  t.strictSame([code, signal], [null, 'SIGTERM'])
  t.strictSame(lines, ['ready', 'ending', 'wish', 'lab is cleared up'])
})
