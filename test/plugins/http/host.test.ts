import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { startAlone } from '../../routes/world.ts'

const app = await startAlone(t)

/** What the server answers to exactly these lines. */
async function statusOf(version: string, ...hosts: string[]): Promise<string | undefined> {
  const socket = connect(Number(new URL(app.url).port), '127.0.0.1')
  const lines = [`GET /health/live HTTP/${version}`, ...hosts.map((host) => `Host: ${host}`), 'Connection: close']
  socket.end(`${lines.join('\r\n')}\r\n\r\n`)
  let text = ''
  socket.setEncoding('utf8').on('data', (part) => (text += part))
  await once(socket, 'close')
  return /^HTTP\/1\.\d (\d+)/.exec(text)?.[1]
}

t.test('a request of HTTP/1.1 names one host', async (t) => {
  t.equal(await statusOf('1.1', 'auth.example.com'), '200')
  t.equal(await statusOf('1.1'), '400')
  t.equal(await statusOf('1.1', 'auth.example.com', 'other.example.com'), '400')
})

t.test('a request of HTTP/1.0 may name none', async (t) => {
  t.equal(await statusOf('1.0'), '200')
  t.equal(await statusOf('1.0', 'auth.example.com', 'other.example.com'), '400')
})
