import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import type { Test } from 'tap'

/** A server that answers each chunk with it. */
export interface EchoServer {
  /** `tcp://...`, with a password and a path as a database has them. */
  readonly url: string
  /** What has reached it. */
  readonly seen: string[]
  close(): void
}

/** Starts one that closes with the test. */
export async function startEchoServer(t: Test): Promise<EchoServer> {
  const seen: string[] = []
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      seen.push(chunk.toString())
      socket.write(chunk)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  return { url: `tcp://user:secret@127.0.0.1:${port}/path`, seen, close: () => server.close() }
}

/** A client; `state` has what came back, and how the connection ended. */
export function openClient(t: Test, port: number) {
  const socket = connect(port, '127.0.0.1')
  const state = { answers: '', ended: '' }
  socket.on('data', (chunk) => {
    state.answers += chunk
  })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    state.ended = error.code ?? 'error'
  })
  socket.on('close', () => {
    state.ended ||= 'closed'
  })
  t.teardown(() => socket.destroy())
  return { socket, state }
}
