import type { FastifyInstance } from 'fastify'

/** `GET /health`: 200 as soon as tokens can be checked. That the auth server is away makes this service no less healthy. */
export async function health(app: FastifyInstance): Promise<void> {
  app.get('/health', { logLevel: 'warn' }, async (_request, reply) => {
    const { keys, keysAgeMs, revocationsAgeMs, following, secondsUntilRefused } = app.verifier.state()
    const canCheck = secondsUntilRefused > 0
    const breaker = app.authApi.state
    return reply.code(canCheck ? 200 : 503).send({
      status: !canCheck ? 'unable' : following === 'none' || breaker !== 'closed' ? 'degraded' : 'ok',
      keys: keys.length,
      // JSON has no infinity: null for never.
      keys_age_s: seconds(keysAgeMs),
      revocations_age_s: seconds(revocationsAgeMs),
      following,
      auth: { breaker },
      sockets: app.sockets.size,
    })
  })
}

function seconds(ms: number): number | null {
  return Number.isFinite(ms) ? Math.round(ms / 1000) : null
}
