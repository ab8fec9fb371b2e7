import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { HANDLER_DEADLINE_MS, NoContent, optionalBody, WithAccessToken } from '../../lib/http-schemas.ts'
import Type from '../../lib/type.ts'

const schema = {
  summary: 'End the session of an access token or of a refresh token; safe to repeat',
  tags: ['sessions'],
  security: [{}, ...WithAccessToken],
  body: optionalBody({ refresh_token: Type.Optional(Type.String()) }),
  response: { 204: NoContent },
}

const logout: FastifyPluginAsyncTypebox = async (app) => {
  const options = { schema, handlerTimeout: HANDLER_DEADLINE_MS, config: { audit: 'logout' } } as const
  app.post('/logout', options, async (request, reply) => {
    const refreshToken = request.body?.refresh_token
    if (refreshToken !== undefined) {
      const { userId, sessionId } = await app.sessions.read(refreshToken)
      await app.revoker.revokeSession(userId, sessionId)
      request.note({ event: 'logged_out', user_id: userId, session_id: sessionId })
    } else {
      const { sub, sid } = await request.verifyAccessToken(request.bearerToken(), { evenRevoked: true })
      await app.revoker.revokeSession(sub, sid)
      request.note({ event: 'logged_out' })
    }
    return reply.code(204).send(null)
  })
}

export default logout
