import { openLoop } from '../load/open-loop.ts'
import { load, perCoreSecond } from '../load/throughput.ts'
import { startServer } from '../machine/child.ts'
import { SERVER_CORE } from '../machine/cores.ts'
import { bare } from '../peers/bare.ts'
import { prepare, tokenforge } from '../peers/tokenforge.ts'
import { startPeer } from './contestants.ts'
import type { Scenario } from './scenario.ts'

const PHASE_S = 5
const PER_SECOND = 200
const CLIENTS = 16
/** The breaker opens after a few failed calls. */
const CALLS_TO_OPEN = 20

/** What a login costs while Postgres is away and its breaker open: a 503 at once. */
export const refused: Scenario = {
  name: 'refused',
  about: '503 of a login while the breaker of Postgres is open, beside /health/live',
  quick: false,
  async run({ stores, figures, rounds, say }) {
    await using stack = new AsyncDisposableStack()
    const urls = await stores.fresh('tokenforge_refused')
    const link = await stores.through(urls, 'refused')
    const env = { ...tokenforge.env(link.urls, { bcryptCost: 10 }), BREAKER_HALF_OPEN_AFTER: '10m' }
    const server = await startServer({ core: SERVER_CORE, args: tokenforge.args, env }, tokenforge.readyPath)
    stack.defer(() => server.stop())
    const { login, live } = await prepare(server.url, 4, 4)
    const other = await startPeer(bare, stores, stack, { name: 'bare_refused' })
    if (login === undefined || live === undefined || other.callers.bare === undefined) throw new Error('no callers')
    link.postgres.refuse()
    link.postgres.resetAll()
    const { next } = login()
    for (let i = 0; i < CALLS_TO_OPEN; i += 1) {
      const { path, ...request } = next()
      await (await fetch(server.url + path, request)).text()
    }
    for (let round = 0; round <= rounds; round += 1) {
      say(`refused, round ${round} of ${rounds}`)
      const turn = await load(server, { newCaller: login, clients: CLIENTS, ms: 2000, status: 503 })
      const plain = await load(other.server, { newCaller: other.callers.bare, clients: CLIENTS, ms: 2000 })
      const found = await openLoop(
        server.url,
        {
          'refused login': { newCaller: login, perSecond: PER_SECOND, status: 503 },
          live: { newCaller: live, perSecond: PER_SECOND },
        },
        PHASE_S,
      )
      if (round === 0) continue
      figures.add('refused login | TokenForge', 'per core second', perCoreSecond(turn))
      figures.add('bare beside refused | bare Fastify', 'per core second', perCoreSecond(plain))
      for (const [name, { p99, failures }] of Object.entries(found)) {
        figures.add(`${name} p99 | open`, 'ms', p99)
        if (failures > 0) say(`${name}: ${failures} not as wanted\n`)
      }
    }
  },
}
