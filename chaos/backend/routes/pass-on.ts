import type { FastifyReply } from 'fastify'
import type { AuthAnswer } from '../auth/auth-api.ts'

/** Answers with what the auth server said. */
export function passOn(reply: FastifyReply, { status, text, type, retryAfter }: AuthAnswer): FastifyReply {
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
  reply.header('cache-control', 'no-store')
  return reply.code(status).type(type).send(text)
}
