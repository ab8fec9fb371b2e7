import type { FastifyInstance } from 'fastify'
import { passOn } from './pass-on.ts'

/** `GET /sessions`: the user's sessions, which the auth server alone knows; asked with the caller's own token. */
export async function sessions(app: FastifyInstance): Promise<void> {
  app.get('/sessions', { onRequest: app.requireAccessToken }, async ({ headers: { authorization = '' } }, reply) =>
    passOn(reply, await app.authApi.ask({ method: 'GET', path: '/auth/sessions', headers: { authorization } })),
  )
}
