import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { WithAccessToken } from '../../lib/http-schemas.ts'
import Type from '../../lib/type.ts'

const schema = {
  summary: 'Who the bearer of the access token is, from the token alone',
  tags: ['tokens'],
  security: WithAccessToken,
  response: {
    200: Type.Object({
      sub: Type.String(),
      session_id: Type.String(),
      email: Type.String(),
      roles: Type.Array(Type.String()),
      expires_at: Type.String({ format: 'date-time' }),
    }),
  },
}

const me: FastifyPluginAsyncTypebox = async (app) => {
  app.get('/me', { schema, onRequest: app.requireAccessToken }, async (request) => {
    const { sub, sid, email, roles, exp } = request.claims
    return { sub, session_id: sid, email, roles, expires_at: new Date(exp * 1000).toISOString() }
  })
}

export default me
