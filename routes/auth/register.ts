import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { answers, body, HANDLER_DEADLINE_MS } from '../../lib/http-schemas.ts'

const schema = {
  summary: 'Register an account',
  tags: ['accounts'],
  body: body({ email: Type.String(), password: Type.String() }),
  response: answers({
    201: Type.Object({
      id: Type.String({ format: 'uuid' }),
      email: Type.String(),
      created_at: Type.String({ format: 'date-time' }),
    }),
  }),
}

const register: FastifyPluginAsyncTypebox = async (app) => {
  const preHandler = app.passwordGate({ sharedBudget: false })
  app.post('/register', { schema, preHandler, handlerTimeout: HANDLER_DEADLINE_MS }, async (request, reply) => {
    const { id, email, createdAt } = await app.accounts.register(request.body, request.hashingPlace)
    request.note({ event: 'registered', user_id: id })
    return reply.code(201).send({ id, email, created_at: createdAt.toISOString() })
  })
}

export default register
