import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { body, HANDLER_DEADLINE_MS } from '../../lib/http-schemas.ts'
import Type from '../../lib/type.ts'

const schema = {
  summary: 'Register an account',
  description:
    'With an Idempotency-Key header (draft-ietf-httpapi-idempotency-key-header) a repeat within a day gets the same answer. ' +
    "Where REGISTRATION_ANSWERS is alike, an email that is taken is answered as a new one is, with an id that is nobody's, " +
    'and each repeat gets another id.',
  tags: ['accounts'],
  headers: Type.Object({ 'idempotency-key': Type.Optional(Type.String({ minLength: 1, maxLength: 255 })) }),
  body: body({ email: Type.String(), password: Type.String() }),
  response: {
    201: Type.Object({
      id: Type.String({ format: 'uuid' }),
      email: Type.String(),
      created_at: Type.String({ format: 'date-time' }),
    }),
  },
}

const register: FastifyPluginAsyncTypebox = async (app) => {
  const gate = app.passwordGate({ sharedBudget: false })
  const options = { schema, ...gate, handlerTimeout: HANDLER_DEADLINE_MS, config: { audit: 'register' } } as const
  app.post('/register', options, async (request, reply) => {
    const key = request.headers['idempotency-key']
    const { id, email, createdAt, taken } = await app.accounts.register(request.body, request.hashingPlace, key)
    request.note(taken ? { untold: 'email_taken' } : { event: 'registered', user_id: id })
    return reply.code(201).send({ id, email, created_at: createdAt.toISOString() })
  })
}

export default register
