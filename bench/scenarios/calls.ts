import { startServer } from '../machine/child.ts'
import { SERVER_CORE } from '../machine/cores.ts'
import type { Operation } from '../peers/peer.ts'
import { prepare, tokenforge } from '../peers/tokenforge.ts'
import type { Scenario } from './scenario.ts'

const REQUESTS = 40
const OPERATIONS: readonly Operation[] = ['login', 'refresh', 'verify', 'me', 'jwks']

/** How often a request calls Postgres and Redis, counted by a proxy in front of each. */
export const calls: Scenario = {
  name: 'calls',
  about: 'calls of Postgres and Redis for each request',
  quick: false,
  async run({ stores, figures, say }) {
    await using stack = new AsyncDisposableStack()
    const link = await stores.through(await stores.fresh('tokenforge_calls'), 'calls')
    const env = tokenforge.env(link.urls, { bcryptCost: 4 })
    const server = await startServer({ core: SERVER_CORE, args: tokenforge.args, env }, tokenforge.readyPath)
    stack.defer(() => server.stop())
    const callers = await prepare(server.url, 4, 8)
    const count = () => ({ postgres: link.postgres.traffic.requests, redis: link.redis.traffic.requests })
    async function during(work: () => Promise<void>) {
      const [before, begin] = [count(), performance.now()]
      await work()
      const after = count()
      const ms = performance.now() - begin
      return { postgres: after.postgres - before.postgres, redis: after.redis - before.redis, ms }
    }
    // Its probes come by the clock, with or without requests.
    const idle = await during(() => new Promise((resolve) => setTimeout(resolve, 3000)))
    for (const operation of OPERATIONS) {
      say(`calls: ${operation}`)
      const caller = callers[operation]?.()
      if (caller === undefined) continue
      const busy = await during(async () => {
        for (let i = 0; i < REQUESTS; i += 1) {
          const { path, ...request } = caller.next()
          const answer = await fetch(server.url + path, request)
          caller.took?.(answer.status, await answer.text())
        }
      })
      for (const store of ['postgres', 'redis'] as const) {
        const own = busy[store] - (idle[store] / idle.ms) * busy.ms
        figures.add(`${store} calls, ${operation} | TokenForge`, 'a request', Math.max(0, own / REQUESTS))
      }
    }
  },
}
