import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import type { Target } from '../../../chaos/workload/wire.ts'

export interface FakeServer extends Target {
  /** Requests so far, without those for `/health/ready`. */
  readonly seen: () => number
  /** Stops to listen and closes its connections. */
  readonly close: () => Promise<void>
}

/** A server that answers as it is told: what the real one must never do. It closes with the test. */
export async function startFakeServer(
  t: Test,
  name: string,
  answer: (response: ServerResponse, request: IncomingMessage) => void,
): Promise<FakeServer> {
  let seen = 0
  const server: Server = createServer((request, response) => {
    if (request.url !== '/health/ready') seen += 1
    request.resume()
    answer(response, request)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async () => {
    if (!server.listening) return
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  t.teardown(close)
  return { name, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen: () => seen, close }
}

/** Answers with JSON. */
export function json(status: number, body: unknown, headers: Record<string, string> = {}) {
  return (response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(body))
  }
}
