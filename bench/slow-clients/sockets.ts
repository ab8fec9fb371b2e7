import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'

/** How a client is slow: it sends a header or a body byte by byte, or reads its answer so; one byte a second. */
export type Kind = 'header' | 'body' | 'read'

export interface SlowOrders {
  readonly url: string
  readonly sockets: number
}

/** What the thread tells: how many are open now, and how many the server has closed so far. */
export interface SlowState {
  readonly open: number
  readonly closed: number
}

const BYTE_EVERY_MS = 1000
const LOOK_EVERY_MS = 100
/** They come over this time: a crowd at once would be a flood of requests, which is another thing. */
const ARRIVAL_MS = 4000
const BEGIN: Readonly<Record<Kind, string>> = {
  header: 'GET /auth/me HTTP/1.1\r\nHost: x\r\nX-Slow: a',
  body: 'POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10000\r\n\r\n{"email":"',
  read: 'GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\nGET /auth/revocations HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n',
}

// A thread of its own, as in the login storm: who measures must not wait for those.

const { url, sockets } = workerData as SlowOrders
const { hostname, port } = new URL(url)
const server = { host: hostname, port: Number(port) }
const open = new Set<Socket>()
let kind: Kind | undefined
let closed = 0

/** One slow socket; when the server has closed it, another one takes its place as long as the kind is played. */
async function begin(): Promise<void> {
  if (kind === undefined) return
  const socket = connect(server)
  open.add(socket)
  socket.on('error', () => {})
  socket.once('close', () => {
    open.delete(socket)
    closed += 1
    if (kind !== undefined) void begin()
  })
  await once(socket, 'connect').catch(() => {})
  if (kind === undefined) return
  if (kind === 'read') socket.pause()
  else socket.resume()
  socket.write(BEGIN[kind])
}

parentPort?.on('message', (wanted: Kind | 'end') => {
  if (wanted === 'end') {
    kind = undefined
    for (const socket of open) socket.destroy()
    return
  }
  kind = wanted
  closed = 0
  for (let i = 0; i < sockets; i += 1) setTimeout(() => void begin(), (i * ARRIVAL_MS) / sockets)
})
setInterval(() => {
  for (const socket of open) {
    if (kind === 'read') socket.read(1)
    else if (socket.writable && !socket.connecting) socket.write('a')
  }
}, BYTE_EVERY_MS)
setInterval(() => parentPort?.postMessage({ open: open.size, closed } satisfies SlowState), LOOK_EVERY_MS)
