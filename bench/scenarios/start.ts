import { startServer } from '../machine/child.ts'
import { SERVER_CORE } from '../machine/cores.ts'
import { bare } from '../peers/bare.ts'
import { tokenforge } from '../peers/tokenforge.ts'
import type { Scenario } from './scenario.ts'

/** How long from the start of the process to the first answer, with stores that have all that it needs. */
export const coldStart: Scenario = {
  name: 'start',
  about: 'from the start of the process to its first answer',
  quick: false,
  async run({ stores, figures, rounds, say }) {
    const urls = await stores.fresh('tokenforge_start')
    // The first start makes the schema and the keys.
    for (let round = 0; round <= rounds; round += 1) {
      for (const peer of [tokenforge, bare]) {
        say(`start, round ${round} of ${rounds}: ${peer.name}`)
        const command = { core: SERVER_CORE, args: peer.args, env: peer.env(urls, { bcryptCost: 10 }) }
        const server = await startServer(command, peer === tokenforge ? '/.well-known/jwks.json' : peer.readyPath)
        if (round > 0) figures.add(`first answer | ${peer.name}`, 'ms', server.startMs)
        await server.stop()
      }
    }
  },
}
