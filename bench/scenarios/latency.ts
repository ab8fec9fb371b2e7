import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { openLoop } from '../load/open-loop.ts'
import type { StormOrders } from '../login-storm/clients.ts'
import type { Callers } from '../peers/peer.ts'
import { tokenforge } from '../peers/tokenforge.ts'
import { startPeer } from './contestants.ts'
import type { Bench, Scenario } from './scenario.ts'

const STORM_CLIENTS = 64
const PHASE_S = 8
const SETTLE_MS = 1000
const PER_SECOND = { refresh: 40, verify: 200, jwks: 40 } as const

/** What a login storm does to everybody else: the same steady requests, idle and in the storm by turns. */
export const latency: Scenario = {
  name: 'latency',
  about: `latency of refresh, verify and JWKS, idle and while ${STORM_CLIENTS} clients log in`,
  quick: false,
  async run(bench) {
    await using stack = new AsyncDisposableStack()
    const { server, callers } = await startPeer(tokenforge, bench.stores, stack, { name: 'tokenforge_latency' })
    const storm = await startStorm(server.url, callers)
    stack.defer(async () => void (await storm.terminate()))
    await watch(bench, server.url, callers)
    for (let round = 1; round <= bench.rounds; round += 1) {
      bench.say(`latency, round ${round} of ${bench.rounds}: idle`)
      await watch(bench, server.url, callers, 'idle')
      bench.say(`latency, round ${round} of ${bench.rounds}: in a login storm`)
      storm.postMessage('begin')
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
      await watch(bench, server.url, callers, 'storm')
      storm.postMessage('end')
      const [logins] = await once(storm, 'message')
      const done = logins.filter(({ type }: { type: string }) => type === 'ok').length
      bench.figures.add('logins | storm', 'per second', done / (PHASE_S + SETTLE_MS / 1000))
    }
  },
}

async function watch({ figures, say }: Bench, url: string, callers: Callers, phase?: string): Promise<void> {
  const { refresh, verify, jwks } = callers as Required<Callers>
  const streams = {
    refresh: { newCaller: refresh, perSecond: PER_SECOND.refresh },
    verify: { newCaller: verify, perSecond: PER_SECOND.verify },
    jwks: { newCaller: jwks, perSecond: PER_SECOND.jwks },
  }
  const found = await openLoop(url, streams, phase === undefined ? 2 : PHASE_S)
  if (phase === undefined) return
  for (const [name, { p50, p99, failures }] of Object.entries(found)) {
    figures.add(`${name} p50 | ${phase}`, 'ms', p50)
    figures.add(`${name} p99 | ${phase}`, 'ms', p99)
    if (failures > 0) say(`${name}, ${phase}: ${failures} not as wanted\n`)
  }
}

/** The storm has a thread of its own: in that of the steady clients those would wait for it. */
async function startStorm(url: string, { login }: Callers): Promise<Worker> {
  const accounts = new Set<string>()
  for (let i = 0; i < STORM_CLIENTS; i += 1) accounts.add(login?.().next().body ?? '')
  const orders: StormOrders = {
    to: { name: 'auth', url },
    accounts: [...accounts].map((body) => JSON.parse(body)),
    clients: STORM_CLIENTS,
  }
  const storm = new Worker(new URL('../login-storm/clients.ts', import.meta.url), { workerData: orders })
  await once(storm, 'message')
  return storm
}
