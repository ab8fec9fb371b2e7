import { promisify } from 'node:util'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    connections: {
      /** Sockets that are open now. */
      open(): Promise<number>
      /** Connections that were closed at once because there were too many. */
      readonly dropped: number
    }
  }
}

/** Bounds the sockets of clients: beyond `MAX_CONNECTIONS` a new one is closed at once, so that none can starve the rest. */
async function connections(app: FastifyInstance): Promise<void> {
  const { server } = app
  let dropped = 0
  server.maxConnections = app.config.maxConnections
  server.on('drop', () => {
    dropped += 1
  })
  const open = promisify(server.getConnections.bind(server))
  app.decorate('connections', {
    open,
    get dropped() {
      return dropped
    },
  })
}

export default fp(connections, { name: 'connections' })
