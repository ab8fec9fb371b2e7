import underPressure from '@fastify/under-pressure'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { overloaded } from '../../lib/errors.ts'

declare module 'fastify' {
  interface FastifyInstance {
    loadShedding: LoadShedding
  }
  interface FastifyContextConfig {
    /** Answers however late the event loop is: what tells that it is late must not be shed. */
    neverShed?: boolean
  }
}

/** What is shed first when the event loop is late. */
export interface LoadShedding {
  /** Requests refused so far because the event loop was late. */
  readonly shed: number
  /**
   * Refuses new work that can wait (a login) while the event loop is somewhat late, so that what keeps users logged in
   * (a refresh, a verification) catches up first.
   *
   * @throws AppError `overloaded`
   */
  refuseNewWork(): void
}

/** Mean delay of the event loop, in milliseconds, beyond which new work is refused, and beyond which everything is. */
const NEW_WORK_DELAY_MS = 250
const ANY_WORK_DELAY_MS = 1000
const SAMPLE_INTERVAL_MS = 500
const RETRY_AFTER_MS = 1000
const RETRY_SPREAD_MS = 2000

/** Refuses at once while the event loop is so late that queueing would only make it later. */
async function loadShedding(app: FastifyInstance): Promise<void> {
  let shed = 0
  let readyAt = Number.POSITIVE_INFINITY
  /** The first sample holds the start itself, which keeps the event loop busy. */
  const isSettled = () => app.clock.monotonic() - readyAt > 2 * SAMPLE_INTERVAL_MS
  function refuse(): never {
    shed += 1
    throw overloaded(RETRY_AFTER_MS + app.random() * RETRY_SPREAD_MS)
  }
  await app.register(underPressure, {
    maxEventLoopDelay: ANY_WORK_DELAY_MS,
    sampleInterval: SAMPLE_INTERVAL_MS,
    pressureHandler: (request) => {
      if (request.routeOptions.config.neverShed !== true && isSettled()) refuse()
    },
  })
  app.addHook('onReady', async () => {
    readyAt = app.clock.monotonic()
  })
  app.decorate('loadShedding', {
    get shed() {
      return shed
    },
    refuseNewWork() {
      if (app.memoryUsage().eventLoopDelay > NEW_WORK_DELAY_MS && isSettled()) refuse()
    },
  })
}

export default fp(loadShedding, { name: 'load-shedding', dependencies: ['errors'] })
