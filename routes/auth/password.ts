import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { networkOf } from '../../lib/auth/client-network.ts'
import { body, HANDLER_DEADLINE_MS, NoContent, WithAccessToken } from '../../lib/http-schemas.ts'
import Type from '../../lib/type.ts'

const schema = {
  summary: 'Change the password; every other session of the user ends',
  tags: ['accounts'],
  security: WithAccessToken,
  body: body({ current_password: Type.String(), new_password: Type.String() }),
  response: { 204: NoContent },
}

const password: FastifyPluginAsyncTypebox = async (app) => {
  const { onRequest, preHandler } = app.passwordGate({ sharedBudget: true })
  const options = {
    schema,
    onRequest: [onRequest, app.requireAccessToken],
    preHandler,
    handlerTimeout: HANDLER_DEADLINE_MS,
    config: { audit: 'password_change' as const },
  }
  app.post('/password', options, async (request, reply) => {
    const { sub, sid, email } = request.claims
    const { current_password, new_password } = request.body
    const who = { userId: sub, sessionId: sid, email, network: networkOf(request.ip) }
    const given = { currentPassword: current_password, newPassword: new_password }
    await app.accounts.changePassword(who, given, request.hashingPlace)
    request.note({ event: 'password_changed' })
    return reply.code(204).send(null)
  })
}

export default password
