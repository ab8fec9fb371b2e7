import fc from 'fast-check'
import { open } from '../security/raw.ts'
import type { Property } from './property.ts'
import type { FuzzWorld } from './world.ts'

const post = (path: string, body: string, more = '') =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n${more}\r\n${body}`
const SEEDS = [
  'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET /auth/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a.b.c\r\n\r\n',
  post('/auth/login', '{"email":"a@example.com","password":"not the password"}'),
  post('/auth/verify', '{"token":"a.b.c"}', 'Expect: 100-continue\r\n'),
  'POST /auth/refresh HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n2\r\n1}\r\n0\r\n\r\n',
  'GET /auth/revocations HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n',
]
const place = fc.nat({ max: 1_000_000 })
const piece = fc.oneof(
  fc.constantFrom(
    '\r\n',
    '\n',
    '\r',
    '\0',
    ' ',
    '\t',
    ':',
    '\r\n\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Content-Length: 5\r\n',
  ),
  fc.constantFrom(
    'Host: y\r\n',
    'Expect: 100-continue\r\n',
    'Upgrade: h2c\r\n',
    'Connection: Upgrade\r\n',
    'HTTP/1.1',
    'HTTP/1.0',
    '-1',
  ),
  fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
)
const change = fc.record({ at: place, drop: fc.nat({ max: 4 }), piece: fc.option(piece, { nil: '' }) })
const request = fc.tuple(fc.constantFrom(...SEEDS), fc.array(change, { maxLength: 3 })).map(([seed, changes]) =>
  changes.reduce((text, { at, drop, piece }) => {
    const i = at % (text.length + 1)
    return text.slice(0, i) + piece + text.slice(i + drop)
  }, seed),
)

/** Sends bytes, says that there are no more, and gives what came until the connection ended. */
function exchange({ url }: FuzzWorld, bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = open(url)
    let answer = ''
    socket.setEncoding('latin1').on('data', (chunk) => {
      answer += chunk
      // A stream of events has no end.
      if (answer.includes('text/event-stream')) socket.destroy()
    })
    socket.on('error', () => {}).on('close', () => resolve(answer))
    socket.end(bytes)
  })
}

const raw: Property = {
  name: 'bytes on a socket: requests changed, cut, put together; every answer is one of HTTP and none a fault',
  share: 0.03,
  make: (world) =>
    fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 3 }), async (requests) => {
      const answer = await exchange(world, Buffer.from(requests.join(''), 'latin1'))
      const statuses = [...answer.matchAll(/HTTP\/1\.1 (\d)\d\d [^\r]*\r\n/g)].map(([, hundreds]) => hundreds)
      const count = (pattern: RegExp) => answer.match(pattern)?.length ?? 0
      // A busy machine may shed; that is no fault.
      const faults = statuses.filter((hundreds) => hundreds === '5').length - count(/"code":"overloaded"/g)
      const refusals = statuses.filter((hundreds) => hundreds === '4' || hundreds === '5').length
      const problems = count(/^content-type: application\/problem\+json/gim)
      const isHttp = answer === '' || answer.startsWith('HTTP/1.1 ')
      if (!isHttp || faults > 0 || problems !== refusals) throw new Error(`the answer: ${JSON.stringify(answer)}`)
    }) as never,
}

export const bytes: readonly Property[] = [raw]
