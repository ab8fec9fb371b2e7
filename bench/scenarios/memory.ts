import { slopeOf } from '../figures/figures.ts'
import { load } from '../load/throughput.ts'
import { tokenforge } from '../peers/tokenforge.ts'
import { startPeer } from './contestants.ts'
import type { Scenario } from './scenario.ts'

const MIB = 2 ** 20
const REQUESTS = 1_000_000
const CLIENTS = 16
const STEP_MS = 5000
/** Before that the heap grows to the size that it works with. */
const SETTLED = 200_000
const MOST_SECONDS = 420

/** Whether memory grows with what was served. */
export const memory: Scenario = {
  name: 'memory',
  about: 'resident memory over a million requests, and its slope',
  quick: false,
  async run({ stores, figures, say }) {
    await using stack = new AsyncDisposableStack()
    const { server, callers } = await startPeer(tokenforge, stores, stack, { name: 'tokenforge_memory' })
    const { verify, 'forward-auth': forwardAuth, me, jwks, refresh } = callers
    const kinds = [verify, forwardAuth, me, jwks, refresh].filter((one) => one !== undefined)
    const points: [number, number][] = []
    const begin = performance.now()
    let served = 0
    for (let step = 0; served < REQUESTS && performance.now() - begin < MOST_SECONDS * 1000; step += 1) {
      const newCaller = kinds[step % kinds.length]
      if (newCaller === undefined) throw new Error('no callers')
      served += (await load(server, { newCaller, clients: CLIENTS, ms: STEP_MS })).answers
      const mib = server.residentBytes() / MIB
      say(`memory: ${mib.toFixed(0)} MiB after ${served} requests`)
      if (served >= SETTLED) points.push([served / REQUESTS, mib])
      figures.add('resident memory | TokenForge', 'MiB', mib)
    }
    figures.add('requests served | TokenForge', 'requests', served)
    figures.add('memory slope | TokenForge', 'MiB a million requests', slopeOf(points))
  },
}
