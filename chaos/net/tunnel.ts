import { connect, type Socket } from 'node:net'
import type { Treatment } from './faulty-network.ts'
import { inOrder } from './in-order.ts'
import { reset } from './reset.ts'

/** A reply that is going to be lost. */
export interface Loss {
  isIt(request: Buffer): boolean
  done(): void
}

/** What a tunnel asks its proxy, at every chunk. */
export interface TunnelRules {
  treatment(): Treatment
  /** The client has sent this. */
  sent(request: Buffer): void
  /** The loss that this request meets, if any; asked once for each request that goes through. */
  lossOf(request: Buffer): Loss | undefined
  closed(): void
}

/** One connection of a client, and the one behind it to the server. */
export interface Tunnel {
  reset(): void
  destroy(): void
}

/** Joins an accepted connection to a server. */
export function openTunnel(client: Socket, target: { host: string; port: number }, rules: TunnelRules): Tunnel {
  // Once bytes of it were swallowed it can't go on.
  let dead = rules.treatment().does === 'swallow'
  let loss: Loss | undefined
  let lost = false
  const server = dead ? undefined : connect(target)
  const toServer = inOrder((chunk) => server?.write(chunk))
  const toClient = inOrder((chunk) => client.write(chunk))

  function resetBoth(): void {
    reset(client)
    if (server !== undefined) reset(server)
  }

  function fromClient(request: Buffer): void {
    rules.sent(request)
    const { does, delayMs } = rules.treatment()
    if (does === 'swallow') dead = true
    if (does === 'reset') resetBoth()
    if (does === 'reset' || dead || lost) return
    loss ??= rules.lossOf(request)
    toServer(request, delayMs)
  }

  function fromServer(answer: Buffer): void {
    const { does, delayMs } = rules.treatment()
    if (does === 'swallow') dead = true
    if (loss !== undefined) loseReply(loss)
    else if (!dead) toClient(answer, delayMs)
  }

  // The end, not a reset: the server reads to it, and has done all that it was sent when it closes as well. The answer
  // that came may be that to an earlier request.
  function loseReply({ done }: Loss): void {
    if (lost) return
    lost = true
    server?.once('close', done)
    server?.end()
    reset(client)
  }

  client.setNoDelay(true)
  client.on('data', fromClient)
  client.on('close', () => {
    rules.closed()
    if (!lost) server?.destroy()
  })
  server?.setNoDelay(true)
  server?.on('data', fromServer)
  server?.on('error', () => reset(client))
  server?.on('end', () => client.end())
  server?.on('close', () => client.destroySoon())
  return {
    reset: resetBoth,
    destroy() {
      client.destroy()
      server?.destroy()
    },
  }
}
