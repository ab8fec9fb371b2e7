import underPressure from '@fastify/under-pressure'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { LoadShedding } from '../../lib/resilience/load-shedding.ts'

declare module 'fastify' {
  interface FastifyInstance {
    loadShedding: LoadShedding
  }
  interface FastifyContextConfig {
    /** Answers however late the event loop is: what tells that it is late must not be shed. */
    neverShed?: boolean
  }
}

const SAMPLE_INTERVAL_MS = 500

/** Sheds by the delay of the event loop, which @fastify/under-pressure measures. */
async function loadShedding(app: FastifyInstance): Promise<void> {
  await app.register(underPressure, { sampleInterval: SAMPLE_INTERVAL_MS })
  const { clock, random } = app
  const shedding = new LoadShedding({ clock, random, delayMs: () => app.memoryUsage().eventLoopDelay })
  app.decorate('loadShedding', shedding)
  app.addHook('onReady', async () => shedding.ready())
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.routeOptions.config.neverShed !== true) shedding.refuseAnyWork()
    done()
  })
}

export default fp(loadShedding, { name: 'load-shedding', dependencies: ['errors'] })
