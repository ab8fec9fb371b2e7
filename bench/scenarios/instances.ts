import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { load } from '../load/throughput.ts'
import { type ServerChild, startServer } from '../machine/child.ts'
import { SERVER_CORE } from '../machine/cores.ts'
import { prepare, tokenforge } from '../peers/tokenforge.ts'
import type { Scenario } from './scenario.ts'

const CLIENTS = 16
const TURN_MS = 3000
const COUNTS = [1, 2, 4]

/** Whether several instances on the same stores cost more for each request than one does: all share one core here. */
export const instances: Scenario = {
  name: 'instances',
  about: 'one, two and four instances behind a TCP balancer, on one core together',
  quick: false,
  async run({ stores, figures, rounds, say }) {
    await using stack = new AsyncDisposableStack()
    const env = tokenforge.env(await stores.fresh('tokenforge_instances'), { bcryptCost: 10 })
    const servers: ServerChild[] = []
    for (let i = 0; i < Math.max(...COUNTS); i += 1) {
      say(`instances: starting ${i + 1}`)
      const server = await startServer({ core: SERVER_CORE, args: tokenforge.args, env }, tokenforge.readyPath)
      stack.defer(() => server.stop())
      servers.push(server)
    }
    const { mix } = await prepare((servers[0] as ServerChild).url)
    if (mix === undefined) throw new Error('no callers')
    for (let round = 0; round <= rounds; round += 1) {
      for (const count of COUNTS) {
        say(`instances, round ${round} of ${rounds}: ${count}`)
        const chosen = servers.slice(0, count)
        await using balancer = await openBalancer(chosen)
        const together = {
          ...(chosen[0] as ServerChild),
          url: balancer.url,
          cpuSeconds: () => chosen.reduce((sum, server) => sum + server.cpuSeconds(), 0),
        }
        const { answers, cpuS } = await load(together, { newCaller: mix, clients: CLIENTS, ms: TURN_MS })
        if (round === 0) continue
        figures.add(`mix | ${count} instance${count === 1 ? '' : 's'}`, 'per core second', answers / cpuS)
      }
    }
  },
}

/** Takes each new connection to the next server. */
async function openBalancer(servers: readonly ServerChild[]): Promise<AsyncDisposable & { readonly url: string }> {
  let turn = 0
  const listener = createServer((client) => {
    const { port, hostname } = new URL((servers[turn++ % servers.length] as ServerChild).url)
    const server = connect(Number(port), hostname)
    client.pipe(server).pipe(client)
    for (const socket of [client, server]) socket.setNoDelay(true).on('error', () => {})
    client.on('close', () => server.destroy())
    server.on('close', () => client.destroy())
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => new Promise((resolve) => listener.close(() => resolve())),
  }
}
