import type { IsCall } from './calls.ts'
import { type FaultyNetwork, PASS, type Treatment, verbs } from './faulty-network.ts'
import { openTcpProxy, type TcpProxy } from './tcp-proxy.ts'

/**
 * The network in front of one dependency, with a link (a proxy of its own) for each auth instance. The verbs apply to all
 * links at once, and to those that are opened later; of `loseReplyTo` the first match on any link is meant. To cut off a
 * single instance, use its link.
 */
export interface Network extends FaultyNetwork {
  readonly links: ReadonlyMap<string, TcpProxy>
  /** Opens the link of an instance, in the network's present state. Throws when there is one of that name. */
  link(instance: string): Promise<TcpProxy>
  /** Lets `use` have a look through a link of its own, which is not counted and not among the `links`. */
  through<T>(use: (url: string) => Promise<T>): Promise<T>
  /** Closes all links and their connections. */
  close(): Promise<void>
}

export interface NetworkOptions {
  /** Which chunks of a client count as calls. */
  readonly isCall?: IsCall
  /** Told of each new connection and of each call, with the name of the link it came by. */
  readonly onTraffic?: (instance: string, kind: 'connection' | 'call') => void
}

/** A network without links yet to the server at `target`, a URL. */
export function openNetwork(target: string, { isCall, onTraffic }: NetworkOptions = {}): Network {
  const links = new Map<string, TcpProxy>()
  const spare = new Set<TcpProxy>()
  let present = PASS
  let lose: ((link: TcpProxy) => void) | undefined

  const all = (): TcpProxy[] => [...links.values(), ...spare]
  function treat(treatment: Treatment): void {
    present = treatment
    for (const link of all()) link.treat(treatment)
  }

  return {
    links,
    ...verbs(treat),
    async link(instance) {
      const link = await openTcpProxy(target, {
        ...(isCall !== undefined && { isCall }),
        ...(onTraffic !== undefined && { onTraffic: (kind) => onTraffic(instance, kind) }),
      })
      if (links.has(instance)) {
        await link.close()
        throw new Error(`there is a link of the name ${instance} already`)
      }
      link.treat(present)
      lose?.(link)
      links.set(instance, link)
      return link
    },
    async through(use) {
      const link = await openTcpProxy(target)
      link.treat(present)
      spare.add(link)
      try {
        return await use(link.url)
      } finally {
        spare.delete(link)
        await link.close()
      }
    },
    resetAll() {
      for (const link of all()) link.resetAll()
    },
    loseReplyTo(isIt) {
      return new Promise((resolve) => {
        let met = false
        const first = (request: Buffer): boolean => {
          if (met || !isIt(request)) return false
          met = true
          lose = undefined
          return true
        }
        lose = (link) => void link.loseReplyTo(first).then(resolve)
        for (const link of links.values()) lose(link)
      })
    },
    async close() {
      await Promise.all(all().map((link) => link.close()))
      links.clear()
    },
  }
}
