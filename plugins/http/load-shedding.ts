import underPressure from '@fastify/under-pressure'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { overloaded } from '../../lib/errors.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answers however late the event loop is: what tells that it is late must not be shed. */
    neverShed?: boolean
  }
}

const MAX_EVENT_LOOP_DELAY_MS = 1000
const SAMPLE_INTERVAL_MS = 500
const RETRY_AFTER_MS = 1000

/** Refuses at once while the event loop is so late that queueing would only make it later. */
async function loadShedding(app: FastifyInstance): Promise<void> {
  await app.register(underPressure, {
    maxEventLoopDelay: MAX_EVENT_LOOP_DELAY_MS,
    sampleInterval: SAMPLE_INTERVAL_MS,
    pressureHandler: (request) => {
      if (request.routeOptions.config.neverShed !== true) throw overloaded(RETRY_AFTER_MS)
    },
  })
}

export default fp(loadShedding, { name: 'load-shedding', dependencies: ['errors'] })
