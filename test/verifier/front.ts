import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'

/** Answers a request in the place of the server behind. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** What stands between a verifier and a server of ours: it passes on, counts, and makes outages. */
export interface Front {
  readonly url: string
  /** The server behind it, from now on. */
  behind: string
  /** Requests to this path so far, event streams included. */
  count(path: string): number
  /** Answers a path itself, or passes it on again. */
  answer(path: string, handler: Handler | undefined): void
  /** Answers everything itself, or passes it on again. */
  answerAll(handler: Handler | undefined): void
  /** Cuts every connection. */
  cut(): void
  /** Nobody listens any more: connections are refused. */
  close(): Promise<void>
  /** Passes everything on again, on the same port. */
  reset(): Promise<void>
}

export const JWKS = '/.well-known/jwks.json'
export const METADATA = '/.well-known/oauth-authorization-server'
export const REVOCATIONS = '/auth/revocations'

export const status =
  (code: number, headers: Record<string, string> = {}): Handler =>
  (_request, response) =>
    response.writeHead(code, headers).end()
/** Takes the request and never answers. */
export const hang: Handler = () => {}
export const json =
  (body: unknown, headers: Record<string, string> = {}): Handler =>
  (_request, response) =>
    response
      .writeHead(200, { 'content-type': 'application/json', ...headers })
      .end(typeof body === 'string' ? body : JSON.stringify(body))
/** Refuses the event stream alone, as proxies do that know no streams. */
export const noStream =
  (url: string): Handler =>
  (incoming, response) =>
    isStream(incoming) ? status(406)(incoming, response) : passOn(url, incoming, response)

export function isStream({ headers }: IncomingMessage): boolean {
  return headers.accept === 'text/event-stream'
}

/** Opens one on a free port; it closes with the test. */
export async function startFront(t: Test): Promise<Front> {
  const counts = new Map<string, number>()
  const handlers = new Map<string, Handler>()
  let all: Handler | undefined
  const server = createServer((incoming, response) => {
    const [path = ''] = (incoming.url ?? '').split('?')
    counts.set(path, (counts.get(path) ?? 0) + 1)
    const handler = all ?? handlers.get(path) ?? ((...both) => passOn(front.behind, ...both))
    handler(incoming, response)
  })
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }
  await listen(0)
  const { port } = server.address() as AddressInfo
  const set = <K, V>(map: Map<K, V>, key: K, value: V | undefined) =>
    void (value === undefined ? map.delete(key) : map.set(key, value))
  const front: Front = {
    url: `http://127.0.0.1:${port}`,
    behind: '',
    count: (path) => counts.get(path) ?? 0,
    answer: (path, handler) => set(handlers, path, handler),
    answerAll(handler) {
      all = handler
    },
    cut: () => server.closeAllConnections(),
    async close() {
      if (!server.listening) return
      const closed = new Promise((done) => server.close(done))
      server.closeAllConnections()
      await closed
    },
    async reset() {
      all = undefined
      handlers.clear()
      if (!server.listening) await listen(port)
    },
  }
  t.teardown(() => front.close())
  return front
}

/** Passes one request on to the server at `url`, and its answer back. */
export function passOn(url: string, incoming: IncomingMessage, response: ServerResponse): void {
  const { method = 'GET', headers } = incoming
  const outgoing = request(new URL(incoming.url ?? '', url), { method, headers, agent: false }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    response.flushHeaders()
    answer.pipe(response)
    answer.on('error', () => response.destroy())
  })
  outgoing.on('error', () => response.destroy())
  response.on('close', () => outgoing.destroy())
  incoming.pipe(outgoing)
}
