import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import type { IsCall } from './calls.ts'
import { type FaultyNetwork, PASS, type Treatment, verbs } from './faulty-network.ts'
import { reset } from './reset.ts'
import { type Loss, openTunnel, type Tunnel } from './tunnel.ts'

/** What came from the client side since the start. A request is one chunk of bytes that `isCall` accepts: with a driver
 * that waits for its answers that is one call. */
export interface Traffic {
  readonly connections: number
  readonly requests: number
  /** All of them, calls or not. */
  readonly bytes: number
}

/** A network in front of one server. */
export interface TcpProxy extends FaultyNetwork {
  readonly port: number
  /** The URL of the server, by way of the proxy. */
  readonly url: string
  /** Connections that are open now. */
  readonly open: number
  readonly traffic: Traffic
  /** What the verbs `pass` to `delay` do, as a value. */
  treat(treatment: Treatment): void
  close(): Promise<void>
}

export interface TcpProxyOptions {
  /** Which chunks of a client count as requests; all of them when it is left out. */
  readonly isCall?: IsCall
  /** Told of each new connection and of each request, also of those that are refused, reset or swallowed. */
  readonly onTraffic?: (kind: 'connection' | 'call') => void
}

/** Opens a proxy on a free port of 127.0.0.1 to the host and port of `target`, a URL of any scheme. */
export async function openTcpProxy(target: string, options: TcpProxyOptions = {}): Promise<TcpProxy> {
  const { isCall = () => true, onTraffic } = options
  const { hostname: host, port: targetPort } = new URL(target)
  const tunnels = new Set<Tunnel>()
  const traffic = { connections: 0, requests: 0, bytes: 0 }
  let treatment = PASS
  let loss: Loss | undefined

  function sent(request: Buffer): void {
    traffic.bytes += request.length
    if (!isCall(request)) return
    traffic.requests += 1
    onTraffic?.('call')
  }

  function lossOf(request: Buffer): Loss | undefined {
    if (!loss?.isIt(request)) return undefined
    const met = loss
    loss = undefined
    return met
  }

  const listener = createServer((client) => {
    traffic.connections += 1
    onTraffic?.('connection')
    client.on('error', () => {})
    if (treatment.does === 'refuse') return reset(client)
    const tunnel = openTunnel(
      client,
      { host, port: Number(targetPort) },
      { treatment: () => treatment, sent, lossOf, closed: () => tunnels.delete(tunnel) },
    )
    tunnels.add(tunnel)
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  const url = new URL(target)
  url.hostname = '127.0.0.1'
  url.port = String(port)
  const treat = (next: Treatment): void => {
    treatment = next
  }

  return {
    port,
    url: url.href,
    get open() {
      return tunnels.size
    },
    get traffic() {
      return { ...traffic }
    },
    treat,
    ...verbs(treat),
    resetAll() {
      for (const tunnel of tunnels) tunnel.reset()
    },
    loseReplyTo: (isIt) =>
      new Promise((done) => {
        loss = { isIt, done }
      }),
    async close() {
      for (const tunnel of tunnels) tunnel.destroy()
      await new Promise((done) => listener.close(done))
    },
  }
}
