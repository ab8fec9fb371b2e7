import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { WithAdminKey } from '../../lib/http-schemas.ts'
import type { Guard } from '../../lib/resilience/guard.ts'
import Type from '../../lib/type.ts'

const GuardAnswer = Type.Object({
  state: Type.Enum(['connecting', 'closed', 'open', 'half_open']),
  window: Type.Object({ calls: Type.Integer(), failures: Type.Integer() }),
  refusals: Type.Integer(),
  in_flight: Type.Integer(),
  queued: Type.Integer(),
  last_error: Type.Union([Type.String(), Type.Null()]),
  next_probe_at: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
})

const schema = {
  summary: 'Each guard: its state, the counts of its window, the class of its last error, its next probe',
  tags: ['admin'],
  security: WithAdminKey,
  response: {
    200: Type.Object({ postgres: GuardAnswer, redis: GuardAnswer, 'signing-keys': GuardAnswer }),
  },
}

const dependencies: FastifyPluginAsyncTypebox = async (app) => {
  function show(guard: Guard) {
    const { state, calls, failures, refusals, inFlight, queued, lastError, nextProbeMs } = guard.snapshot()
    return {
      state,
      window: { calls, failures },
      refusals,
      in_flight: inFlight,
      queued,
      last_error: lastError,
      next_probe_at: state === 'open' ? new Date(app.clock.now() + nextProbeMs).toISOString() : null,
    }
  }
  app.get('/dependencies', { schema, onRequest: app.requireAdminKey }, async () => ({
    postgres: show(app.postgres.guard),
    redis: show(app.redisStore.guard),
    'signing-keys': show(app.keyRingGuard),
  }))
}

export default dependencies
