import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** True from the moment that the server begins to close. */
    isDraining: () => boolean
  }
}

/** The part of the grace that connections without a request get to make their last one, and its most in milliseconds. */
const DRAIN_FRACTION = 0.3
const MAX_DRAIN_MS = 3000
const SWEEP_MS = 20

/**
 * Ends connections so that no request is cut. A keep-alive connection that is closed while it is idle may carry a request
 * that is on its way already; so each one is closed by the answer to its next request, and only those that stay silent for
 * a while are closed without. Until then the server listens, and `/health/ready` sends everybody elsewhere.
 */
async function draining(app: FastifyInstance): Promise<void> {
  const sockets = new Set<Socket>()
  let isDraining = false
  app.decorate('isDraining', () => isDraining)
  app.server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (isDraining) reply.header('connection', 'close')
    done(null, payload)
  })
  app.addHook('preClose', async () => {
    isDraining = true
    const drainMs = Math.min(MAX_DRAIN_MS, app.config.shutdownGrace * DRAIN_FRACTION)
    const end = app.clock.monotonic() + drainMs
    while (sockets.size > 0 && app.clock.monotonic() < end) {
      await new Promise((resolve) => setTimeout(resolve, SWEEP_MS))
    }
    // A browser or a balancer may have connected without asking anything yet; Node does not count that as idle.
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
    // A request that began before has its connection kept alive by its headers: close those as they fall idle.
    const sweep = setInterval(() => app.server.closeIdleConnections(), SWEEP_MS)
    sweep.unref()
    app.server.once('close', () => clearInterval(sweep))
  })
}

export default fp(draining, { name: 'draining' })
