import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** What came from the client side since the start. A request here is one chunk of bytes: with a driver that waits for its
 * answers that is one call. */
export interface Traffic {
  readonly connections: number
  readonly requests: number
  readonly bytes: number
}

/** A network in front of a server that can be made to fail. Every change holds for open and for new connections alike. */
export interface TcpProxy {
  readonly port: number
  /** The URL of the server, by way of the proxy. */
  readonly url: string
  /** Connections that are open now. */
  readonly open: number
  readonly traffic: Traffic
  /** Heals: everything goes through. A connection that has lost bytes stays dead until its client gives it up. */
  pass(): void
  /** Resets new connections as soon as they are accepted; open ones go on. */
  refuse(): void
  /** Resets a connection when its client sends something: calls get out, no answer ever comes back. */
  resetOnCall(): void
  /** Accepts and swallows, both ways; connections stay open and nothing is ever answered. */
  blackHole(): void
  /** Lets everything through, this much later in each direction; 0 ends it. */
  delay(ms: number): void
  /** Resets every open connection, once. */
  resetAll(): void
  /**
   * Lets the first request that `isIt` accepts through, swallows its answer and closes that connection: the server has
   * done it, the client can't know. Resolves when that has happened.
   */
  loseReplyTo(isIt: (request: Buffer) => boolean): Promise<void>
  close(): Promise<void>
}

interface Link {
  readonly client: Socket
  readonly server: Socket | undefined
  /** Bytes of it were swallowed: it can't go on. */
  dead: boolean
  losing: boolean
}

/** Opens a proxy on a free port of 127.0.0.1 to the host and port of `target`, a URL of any scheme. */
export async function openTcpProxy(target: string): Promise<TcpProxy> {
  const { hostname, port: targetPort } = new URL(target)
  const links = new Set<Link>()
  const traffic = { connections: 0, requests: 0, bytes: 0 }
  let mode: 'pass' | 'refuse' | 'reset' | 'swallow' = 'pass'
  let delayMs = 0
  let loss: { isIt: (request: Buffer) => boolean; done: () => void } | undefined

  function reset(link: Link): void {
    link.client.resetAndDestroy()
    link.server?.resetAndDestroy()
  }

  function fromClient(link: Link, request: Buffer, forward: (chunk: Buffer) => void): void {
    traffic.requests += 1
    traffic.bytes += request.length
    if (mode === 'swallow') link.dead = true
    if (mode === 'reset') reset(link)
    else if (!link.dead) {
      if (loss?.isIt(request)) link.losing = true
      forward(request)
    }
  }

  function fromServer(link: Link, answer: Buffer, forward: (chunk: Buffer) => void): void {
    if (mode === 'swallow') link.dead = true
    if (link.losing) {
      loss?.done()
      loss = undefined
      reset(link)
    } else if (!link.dead) forward(answer)
  }

  const listener = createServer((client) => {
    traffic.connections += 1
    client.on('error', () => {})
    if (mode === 'refuse') return void client.resetAndDestroy()
    const server = mode === 'swallow' ? undefined : connect(Number(targetPort), hostname)
    const link: Link = { client, server, dead: server === undefined, losing: false }
    links.add(link)
    const toServer = inOrder((chunk) => server?.write(chunk))
    const toClient = inOrder((chunk) => client.write(chunk))
    client.setNoDelay(true)
    client.on('data', (request) => fromClient(link, request, (chunk) => toServer(chunk, delayMs)))
    client.on('close', () => {
      links.delete(link)
      server?.destroy()
    })
    server?.setNoDelay(true)
    server?.on('data', (answer) => fromServer(link, answer, (chunk) => toClient(chunk, delayMs)))
    server?.on('error', () => client.resetAndDestroy())
    server?.on('end', () => client.end())
    server?.on('close', () => client.destroySoon())
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  const url = new URL(target)
  url.hostname = '127.0.0.1'
  url.port = String(port)

  return {
    port,
    url: url.href,
    get open() {
      return links.size
    },
    get traffic() {
      return { ...traffic }
    },
    pass() {
      mode = 'pass'
      delayMs = 0
    },
    refuse() {
      mode = 'refuse'
    },
    resetOnCall() {
      mode = 'reset'
    },
    blackHole() {
      mode = 'swallow'
    },
    delay(ms) {
      mode = 'pass'
      delayMs = ms
    },
    resetAll() {
      for (const link of links) reset(link)
    },
    loseReplyTo: (isIt) =>
      new Promise((done) => {
        loss = { isIt, done }
      }),
    async close() {
      for (const { client, server } of links) {
        client.destroy()
        server?.destroy()
      }
      await new Promise((done) => listener.close(done))
    },
  }
}

/** Writes chunks in the order in which they came, each after its own delay. */
function inOrder(write: (chunk: Buffer) => void): (chunk: Buffer, delayMs: number) => void {
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  return (chunk, delayMs) => {
    if (delayMs === 0 && waiting === 0) return write(chunk)
    waiting += 1
    const due = performance.now() + delayMs
    last = last
      .then(() => sleep(Math.max(0, due - performance.now()), undefined, { ref: false }))
      .then(() => {
        waiting -= 1
        write(chunk)
      })
  }
}
