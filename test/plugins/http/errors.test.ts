import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { isProblem } from '../../routes/expect.ts'
import { send } from '../../routes/send.ts'
import { startAlone } from '../../routes/world.ts'

const app = await startAlone(t)

t.test('a path that is nothing is a 404, in whatever spelling of a real one', async (t) => {
  const paths = [
    '/',
    '/nothing',
    '/auth',
    '/auth/',
    '//auth/login',
    '/auth//login',
    '/auth/login/',
    '/AUTH/LOGIN',
    '/auth/login%00',
    '/auth/./login',
    '/x/../auth/login',
    '/auth%2Flogin',
    '/auth/login;jsessionid=1',
    '/.well-known/jwks.json/',
    '/admin',
    '/admin/users',
    '/.git/config',
    `/${'x'.repeat(2_000)}`,
  ]
  for (const path of paths) {
    for (const method of ['GET', 'POST']) {
      const answer = await send(app.url, { method, path })
      isProblem(t, answer, { status: 404, code: 'not_found' }, `${method} ${path}`.slice(0, 60))
    }
  }
})

t.test('a path that can not be decoded is a bad request', async (t) => {
  for (const path of ['/%', '/%zz', '/auth/%c3%28', '/auth/login%', '/auth/sessions/%ff']) {
    const answer = await send(app.url, { method: 'GET', path })
    isProblem(t, answer, { status: 400, code: 'invalid_request' }, path)
  }
})

t.test('what is no HTTP request gets a problem too, and the server goes on', async (t) => {
  const texts = {
    garbage: 'garbage\r\n\r\n',
    'a bare line feed': 'GET /health/live HTTP/1.1\nHost: x\n\n',
    'length and chunks':
      'POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'two lengths': 'POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd',
    'a negative length': 'POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
    'a header with a NUL': 'GET /health/live HTTP/1.1\r\nHost: x\r\nX-A: a\0b\r\n\r\n',
    'a header that goes on': 'GET /health/live HTTP/1.1\r\nHost: x\r\nX-A: a\r\n b\r\n\r\n',
  }
  for (const [name, text] of Object.entries(texts)) {
    const answer = await raw(text)
    t.match(answer, /^HTTP\/1\.1 400 /, name)
    isRawProblem(t, answer, 400, name)
  }
  const answer = await raw(`GET /health/live HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(20_000)}\r\n\r\n`)
  t.match(answer, /^HTTP\/1\.1 431 /)
  t.match(await raw('GET /health/live HTTP/1.1\r\n\r\n'), /^HTTP\/1\.1 400 /, 'no host')
  t.equal((await app.call('GET', '/health/live')).status, 200)
})

function isRawProblem(t: Test, answer: string, status: number, name: string): void {
  const [head = '', body = ''] = answer.split('\r\n\r\n')
  t.match(head, /content-type: application\/problem\+json/i, name)
  const problem = JSON.parse(body)
  t.match(problem, { status, code: 'invalid_request', type: 'urn:tokenforge:error:invalid_request' }, name)
  t.type(problem.request_id, 'string', name)
}

/** Sends bytes as they are, and gives what comes back until the server hangs up. */
function raw(text: string): Promise<string> {
  const { hostname, port } = new URL(app.url)
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(text))
    let answer = ''
    socket.setEncoding('utf8').on('data', (chunk) => {
      answer += chunk
    })
    socket
      .on('end', () => socket.end())
      .on('close', () => resolve(answer))
      .on('error', reject)
  })
}
