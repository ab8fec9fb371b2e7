import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { networkOf } from '../../lib/auth/client-network.ts'
import { TokenAnswerSchema } from '../../lib/auth/token-answer.ts'
import { body, HANDLER_DEADLINE_MS } from '../../lib/http-schemas.ts'
import Type from '../../lib/type.ts'

const schema = {
  summary: 'Begin a session',
  description:
    'Failed attempts at an account are bounded by ACCOUNT_RATE_LIMIT for all strangers together, and by as many for each network ' +
    'from which its owner has logged in before.',
  tags: ['sessions'],
  body: body({ email: Type.String(), password: Type.String() }),
  response: { 200: TokenAnswerSchema },
}

const login: FastifyPluginAsyncTypebox = async (app) => {
  const gate = app.passwordGate({ sharedBudget: true })
  const options = { schema, ...gate, handlerTimeout: HANDLER_DEADLINE_MS, config: { audit: 'login' } } as const
  app.post('/login', options, async (request, reply) => {
    const user = await app.accounts.authenticate(request.body, networkOf(request.ip), request.hashingPlace)
    const client = { ip: request.ip, userAgent: request.headers['user-agent'] ?? '' }
    const grant = await app.sessions.start(user, client)
    request.note({ event: 'logged_in' })
    return reply.tokenAnswer(grant)
  })
}

export default login
