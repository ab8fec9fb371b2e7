import { connect, type Socket } from 'node:net'
import type { Test } from 'tap'

/** Sends bytes as they are, and gives what comes back until the server hangs up, as Latin-1. */
export function raw(url: string, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = open(url)
    let answer = ''
    socket.setEncoding('latin1').on('data', (chunk) => {
      answer += chunk
    })
    socket
      .on('connect', () => socket.write(bytes))
      .on('end', () => socket.end())
      .on('close', () => resolve(answer))
      .on('error', reject)
  })
}

export function open(url: string): Socket {
  const { hostname, port } = new URL(url)
  return connect({ host: hostname, port: Number(port) })
}

/** Fails unless the answer is the one problem that is told before there is a request, and the connection was closed. */
export function isRawProblem(t: Test, answer: string, status: number, name: string): void {
  const [head = '', body = ''] = answer.split('\r\n\r\n')
  t.equal(answer.match(/HTTP\/1\.1 \d/g)?.length, 1, `${name}: one answer`)
  t.match(head, new RegExp(`^HTTP/1\\.1 ${status} `), name)
  t.match(head, /content-type: application\/problem\+json/i, name)
  t.match(head, /connection: close/i, name)
  const problem = JSON.parse(body)
  t.match(problem, { status, code: 'invalid_request', type: 'urn:tokenforge:error:invalid_request' }, name)
  t.type(problem.request_id, 'string', name)
}
