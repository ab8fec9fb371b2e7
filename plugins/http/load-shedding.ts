import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { LoadShedding, TICK_MS } from '../../lib/resilience/load-shedding.ts'

declare module 'fastify' {
  interface FastifyInstance {
    loadShedding: LoadShedding
  }
  interface FastifyContextConfig {
    /** Answers however late the event loop is: what tells that it is late must not be shed. */
    neverShed?: boolean
  }
}

/** Sheds by the delay of the event loop: by how much a timer is late. */
async function loadShedding(app: FastifyInstance): Promise<void> {
  const { clock, random } = app
  const shedding = new LoadShedding({ clock, random })
  const ticking = setInterval(() => shedding.tick(performance.now()), TICK_MS).unref()
  app.addHook('onClose', async () => clearInterval(ticking))
  app.decorate('loadShedding', shedding)
  app.addHook('onReady', async () => shedding.ready())
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.routeOptions.config.neverShed !== true) shedding.refuseAnyWork()
    done()
  })
}

export default fp(loadShedding, { name: 'load-shedding', dependencies: ['errors'] })
