import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import { AppError } from './errors.ts'
import { PROBLEM_TYPE, toProblem } from './problem.ts'

// An `import` would look at everything that this module exports, and so load the client of `fetch`: a tenth of the time that
// loading the application takes.
const { STATUS_CODES } = process.getBuiltinModule('node:http')

const STATUS: Readonly<Record<string, number>> = { ERR_HTTP_REQUEST_TIMEOUT: 408, HPE_HEADER_OVERFLOW: 431 }
const DETAIL: Readonly<Record<number, string>> = {
  400: 'this is not an HTTP request that can be understood',
  408: 'the request took too long to arrive',
  431: 'the header fields are too large',
}

/** Answers what is refused before there is a request: broken HTTP, headers that are too large, a sender too slow. */
export function refuseRawRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const status = STATUS[error.code ?? ''] ?? 400
  const id = randomUUID()
  const problem = toProblem(new AppError('invalid_request', { detail: DETAIL[status] ?? '' }), id, status)
  const body = JSON.stringify(problem)
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${id}`,
    'Cache-Control: no-store',
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
