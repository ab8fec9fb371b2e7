import { type ServerChild, startServer } from '../machine/child.ts'
import { SERVER_CORE } from '../machine/cores.ts'
import type { Stores, StoreUrls } from '../machine/stores.ts'
import type { Callers, Peer } from '../peers/peer.ts'

/** A running server and what asks it. */
export interface Contestant {
  readonly server: ServerChild
  readonly callers: Callers
  readonly urls: StoreUrls
}

export interface StartOptions {
  /** Of its stores; the peer's own when it is left out. */
  readonly name?: string
  readonly bcryptCost?: number
  readonly prepare?: Peer['prepare']
}

/** Starts a peer on the core of the servers with stores of its own; it ends with the stack. */
export async function startPeer(
  peer: Peer,
  stores: Stores,
  stack: AsyncDisposableStack,
  { name = peer.name, bcryptCost = 10, prepare = peer.prepare }: StartOptions = {},
): Promise<Contestant> {
  const urls = await stores.fresh(name)
  const server = await startServer(
    { core: SERVER_CORE, args: peer.args, env: peer.env(urls, { bcryptCost }) },
    peer.readyPath,
  )
  stack.defer(() => server.stop())
  return { server, callers: await prepare(server.url), urls }
}
