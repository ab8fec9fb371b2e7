import t from 'tap'
import { newSession } from '../fixtures/app.ts'
import { startWorld } from '../routes/world.ts'
import { isRawProblem, raw } from './raw.ts'
import { attacksOn, startTarget } from './target.ts'

// Bytes that two HTTP parsers could read differently: the answer is one 400, and the connection is closed, so that nothing
// behind them is taken for a request.
const app = await startTarget(t, await startWorld(t))
const attack = attacksOn(t, app)
const { access_token: token } = await newSession(app)

const HIDDEN = 'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n'
const post = (headers: string, body = '') =>
  `POST /auth/verify HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${headers}\r\n\r\n${body}`
const chunked = 'Transfer-Encoding: chunked'

attack('A27', 'lengths and codings that contradict each other, with a request hidden behind them', async (t) => {
  const texts = {
    'length and chunks': post(`Content-Length: 3\r\n${chunked}`, '0\r\n\r\n'),
    'chunks and length': post(`${chunked}\r\nContent-Length: 3`, '0\r\n\r\n'),
    'two lengths': post('Content-Length: 3\r\nContent-Length: 4', 'abcd'),
    'two lengths in one': post('Content-Length: 3, 4', 'abcd'),
    'a negative length': post('Content-Length: -1'),
    'a length with a sign': post('Content-Length: +3', 'abc'),
    'a length in hexadecimal': post('Content-Length: 0x3', 'abc'),
    'a space before the colon': post('Transfer-Encoding : chunked', '0\r\n\r\n'),
    'a coding that is none': post('Transfer-Encoding: xchunked', '0\r\n\r\n'),
    'chunked, but not last': post('Transfer-Encoding: chunked, identity', '0\r\n\r\n'),
    'a coding with a vertical tab': post('Transfer-Encoding: \vchunked', '0\r\n\r\n'),
    'a chunk that is too long': post(chunked, '3\r\nabcdef\r\n0\r\n\r\n'),
    'a chunk size with a sign': post(chunked, '+3\r\nabc\r\n0\r\n\r\n'),
    'a chunk size beyond numbers': post(chunked, 'fffffffffffffffff\r\nabc\r\n0\r\n\r\n'),
    'a bare line feed after a chunk size': post(chunked, '3\nabc\r\n0\r\n\r\n'),
  }
  for (const [name, text] of Object.entries(texts)) isRawProblem(t, await raw(app.url, text + HIDDEN), 400, name)
})

attack('A27', 'bare line feeds, folded headers, NUL, and lines that are no request', async (t) => {
  const texts = {
    garbage: 'garbage\r\n\r\n',
    'a bare line feed': 'GET /health/live HTTP/1.1\nHost: x\n\n',
    'a bare carriage return': 'GET /health/live HTTP/1.1\r\nHost: x\rX-A: a\r\n\r\n',
    'a header with a NUL': 'GET /health/live HTTP/1.1\r\nHost: x\r\nX-A: a\0b\r\n\r\n',
    'a header that goes on': 'GET /health/live HTTP/1.1\r\nHost: x\r\nX-A: a\r\n b\r\n\r\n',
    'a header without a name': 'GET /health/live HTTP/1.1\r\nHost: x\r\n: a\r\n\r\n',
    'a header without a colon': 'GET /health/live HTTP/1.1\r\nHost: x\r\nX-A\r\n\r\n',
    'another version': 'GET /health/live HTTP/3.0\r\nHost: x\r\n\r\n',
    'the preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'a greeting of TLS': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    'a method that is none': 'SMUGGLE /health/live HTTP/1.1\r\nHost: x\r\n\r\n',
  }
  for (const [name, text] of Object.entries(texts)) isRawProblem(t, await raw(app.url, text + HIDDEN), 400, name)
})

attack('A27', 'no host, two hosts, and the same one twice', async (t) => {
  const texts = {
    'no host': 'GET /health/live HTTP/1.1\r\n\r\n',
    'two hosts': 'GET /health/live HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n',
    'one twice': 'GET /health/live HTTP/1.1\r\nHost: x\r\nhost: x\r\n\r\n',
    'a path that is none': 'GET /nothing HTTP/1.1\r\n\r\n',
  }
  for (const [name, text] of Object.entries(texts)) isRawProblem(t, await raw(app.url, text + HIDDEN), 400, name)
  t.match(await raw(app.url, 'GET /health/live HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 200 /, 'HTTP/1.0 knows no host')
})

attack('A27', 'an expectation that is none is passed over, and the body is read as any other', async (t) => {
  for (const expect of ['something', '100-continued', '"']) {
    const answer = await raw(
      app.url,
      post(`Expect: ${expect}\r\nConnection: close\r\nContent-Length: 17`, '{"token":"a.b.c"}'),
    )
    t.match(answer, /^HTTP\/1\.1 401 [\s\S]*"code":"invalid_token"/, expect)
  }
})

attack('A12', 'header fields over 16 KiB, in one and in many', async (t) => {
  const headers = { one: `X-A: ${'a'.repeat(20_000)}`, many: 'X-A: aaaa\r\n'.repeat(3_000).trimEnd() }
  for (const [name, text] of Object.entries(headers)) {
    const answer = await raw(app.url, `GET /health/live HTTP/1.1\r\nHost: x\r\n${text}\r\n\r\n`)
    isRawProblem(t, answer, 431, name)
  }
  const bearer = `Authorization: Bearer ${token}${'.a'.repeat(6_000)}`
  const long = await raw(app.url, `GET /auth/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${bearer}\r\n\r\n`)
  t.match(long, /^HTTP\/1\.1 401 /, 'a token of 12 kB')
})

attack('A31', 'an upgrade is no way in: on no route, with a token in the query, or none', async (t) => {
  const upgrade = [
    'Connection: Upgrade, close',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Origin: https://evil.example',
  ].join('\r\n')
  const paths = [`/auth/me?access_token=${token}`, `/auth/verify?token=${token}`, '/auth/revocations', '/socket', '/']
  for (const path of paths) {
    const answer = await raw(app.url, `GET ${path} HTTP/1.1\r\nHost: x\r\n${upgrade}\r\n\r\n`)
    const [status] = /\d{3}/.exec(answer.slice(9)) ?? []
    t.ok(['401', '404', '200'].includes(String(status)), `${path.slice(0, 20)}: ${status}, no 101`)
    t.equal(status === '200', path === '/auth/revocations')
  }
})
