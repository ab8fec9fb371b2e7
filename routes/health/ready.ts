import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CapabilitiesSchema, capabilitiesOf } from '../../lib/capabilities.ts'
import { AppError } from '../../lib/errors.ts'
import Type from '../../lib/type.ts'

const State = Type.Object({ state: Type.Enum(['connecting', 'closed', 'open', 'half_open']), healthy: Type.Boolean() })

const ReadySchema = Type.Object({
  status: Type.Enum(['ok', 'degraded']),
  capabilities: CapabilitiesSchema,
  dependencies: Type.Object({ postgres: State, redis: State, 'signing-keys': State }),
})

const schema = {
  summary: 'What this instance can do now, from memory; 503 only when it can not verify tokens or is shutting down',
  tags: ['operations'],
  response: { 200: ReadySchema },
}

const ready: FastifyPluginAsyncTypebox = async (app) => {
  app.get('/ready', { schema, config: { neverShed: true } }, async () => {
    const { postgres, redisStore, keyRing, keyRingGuard } = app
    const verifying = keyRing.ring !== undefined
    const closing = app.isDraining()
    if (closing || !verifying) {
      throw new AppError('dependency_unavailable', {
        detail: closing ? 'this instance is shutting down' : 'there is no key ring yet: tokens can not be verified',
        dependency: 'signing-keys',
        retryAfterMs: keyRingGuard.retryAfterMs,
      })
    }
    const means = {
      postgres: postgres.healthy(),
      writable: postgres.writable(),
      redis: redisStore.healthy(),
      signing: keyRing.canSign,
      verifying,
    }
    const capabilities = capabilitiesOf(means)
    const whole = Object.values(capabilities).every((word) => word === 'ok')
    return {
      status: whole ? ('ok' as const) : ('degraded' as const),
      capabilities,
      dependencies: {
        postgres: { state: postgres.guard.state, healthy: means.postgres },
        redis: { state: redisStore.guard.state, healthy: means.redis },
        'signing-keys': { state: keyRingGuard.state, healthy: means.signing },
      },
    }
  })
}

export default ready
