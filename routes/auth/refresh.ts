import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { TokenAnswerSchema } from '../../lib/auth/token-answer.ts'
import { body, HANDLER_DEADLINE_MS } from '../../lib/http-schemas.ts'
import Type from '../../lib/type.ts'

const schema = {
  summary: 'Exchange a refresh token for the next one and a new access token',
  tags: ['sessions'],
  body: body({ refresh_token: Type.String() }),
  response: { 200: TokenAnswerSchema },
}

const refresh: FastifyPluginAsyncTypebox = async (app) => {
  const options = { schema, handlerTimeout: HANDLER_DEADLINE_MS, config: { audit: 'refresh_reuse' } } as const
  app.post('/refresh', options, async (request, reply) => {
    return reply.tokenAnswer(await app.sessions.refresh(request.body.refresh_token))
  })
}

export default refresh
