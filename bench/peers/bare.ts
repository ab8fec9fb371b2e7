import { join } from 'node:path'
import { type Peer, repeating } from './peer.ts'

/** A Fastify with one route and nothing else: what HTTP itself costs. */
export const bare: Peer = {
  name: 'bare Fastify',
  args: [join(import.meta.dirname, 'bare/server.ts')],
  readyPath: '/',
  env: () => ({}),
  prepare: async () => ({ bare: repeating([{ method: 'GET', path: '/' }]) }),
}
