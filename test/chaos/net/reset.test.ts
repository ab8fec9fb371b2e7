import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { cleanEnvironment, nodeCommand } from '../../fixtures/environment.ts'

const MODULE = pathToFileURL(join(import.meta.dirname, '../../../chaos/net/reset.ts')).href
const PROGRAM = `
  import { connect, createServer } from 'node:net'
  import { reset } from '${MODULE}'
  const server = createServer((socket) => socket.on('error', ({ code }) => console.log(code)).on('close', () => server.close()))
  server.listen(0, '127.0.0.1', () => {
    const socket = connect(server.address().port, '127.0.0.1', () => {
      if (process.argv[1] === 'ended') socket.end()
      reset(socket)
    })
    socket.on('error', () => {})
  })`

/** What a process says that resets a connection, and the code that it ends with; null when it must be killed. */
async function ending(how: string): Promise<[output: string, code: number | null]> {
  const [file, args] = nodeCommand('--input-type=module', '--eval', PROGRAM, how)
  const child = spawn(file, args, { env: cleanEnvironment(), stdio: ['ignore', 'pipe', 'inherit'], timeout: 10_000 })
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  const [code] = (await once(child, 'close')) as [number | null]
  return [output, code]
}

t.test('a connection is reset', async (t) => {
  t.strictSame(await ending('open'), ['ECONNRESET\n', 0])
})

t.test('one that is being ended is closed, and the process ends', async (t) => {
  t.strictSame(await ending('ended'), ['', 0])
})
