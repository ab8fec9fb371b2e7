import type { FastifyInstance } from 'fastify'

/** `GET /me`: who the token is of. Asks nobody: works for as long as the token does. */
export async function me(app: FastifyInstance): Promise<void> {
  app.get('/me', { onRequest: app.requireAccessToken }, async ({ accessToken: { sub, email, sid } }) => ({
    sub,
    email,
    session_id: sid,
  }))
}
