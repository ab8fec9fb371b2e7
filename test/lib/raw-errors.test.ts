import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { refuseRawRequest } from '../../lib/raw-errors.ts'
import { nodeCommand } from '../fixtures/environment.ts'

const server = createServer({ headersTimeout: 50, requestTimeout: 50, connectionsCheckingInterval: 20 }, (_, answer) =>
  answer.end(),
)
const seen: (string | undefined)[] = []
server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
  seen.push(error.code)
  refuseRawRequest(error, socket as import('node:net').Socket)
})

t.before(() => once(server.listen(0, '127.0.0.1'), 'listening'))
t.teardown(() => server.close())

async function send(raw: string) {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.write(raw)
  const answer = await text(socket)
  const [head = '', body = ''] = answer.split('\r\n\r\n')
  const [line = '', ...fields] = head.split('\r\n')
  const headers = Object.fromEntries(fields.map((field) => field.toLowerCase().split(': ')))
  return { line, headers, body, problem: JSON.parse(body) }
}

for (const [why, raw, status] of [
  ['no HTTP', 'this is not HTTP\r\n\r\n', '400 Bad Request'],
  [
    'a header that is too large',
    `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
    '431 Request Header Fields Too Large',
  ],
  ['a request that never ends', 'GET / HTTP/1.1\r\nHost: a\r\n', '408 Request Timeout'],
  ['two lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', '400 Bad Request'],
] as const) {
  t.test(`${why}: problem details, and the connection ends`, async (t) => {
    const { line, headers, body, problem } = await send(raw)
    t.equal(line, `HTTP/1.1 ${status}`)
    t.match(headers, {
      'content-type': 'application/problem+json; charset=utf-8',
      'content-length': `${Buffer.byteLength(body)}`,
      'cache-control': 'no-store',
      connection: 'close',
      'x-request-id': problem.request_id,
    })
    t.match(problem, { status: Number.parseInt(status, 10), code: 'invalid_request', detail: /^the |^this / })
    t.match(problem.request_id, /^[0-9a-f-]{36}$/)
  })
}

t.test('nothing is written to who has gone away', async (t) => {
  const { port } = server.address() as AddressInfo
  const before = seen.length
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const [reset] = await Promise.all([once(server, 'clientError'), socket.write('GET /'), socket.resetAndDestroy()])
  t.equal(reset[0].code, 'ECONNRESET')
  t.equal(reset[1].destroyed, true)
  t.equal(seen.length, before + 1)
})

t.test('loading the application does not load the client of fetch, which it does not use', async (t) => {
  const app = JSON.stringify(join(import.meta.dirname, '../../app.ts'))
  const loaded = "process.moduleLoadList.some((name) => name.includes('undici'))"
  const program = `await import(${app}); console.log(${loaded})`
  const [file, args] = nodeCommand('--input-type=module', '--eval', program)
  t.equal(execFileSync(file, args, { encoding: 'utf8' }), 'false\n')
})
