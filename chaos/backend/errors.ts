import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify'
import { AuthUnavailable } from './auth/auth-unavailable.ts'

/** RFC 9457 problem details, as this service answers them. */
export interface Problem {
  readonly status: number
  readonly title: string
  /** The machine word of it. */
  readonly code: string
  readonly [more: string]: unknown
}

/** Sends problem details; the caller sets further headers before. */
export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  const body = { type: 'about:blank', ...problem, request_id: reply.request.id }
  return reply.code(problem.status).type('application/problem+json; charset=utf-8').send(JSON.stringify(body))
}

/** Turns errors into problem details. What went wrong inside stays in the log. */
export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    if (error instanceof AuthUnavailable) {
      const { breaker, retryAfterS } = error
      reply.header('retry-after', retryAfterS)
      return sendProblem(reply, {
        status: 503,
        title: 'The auth server can not be reached',
        code: 'auth_unavailable',
        dependency: 'auth',
        breaker,
      })
    }
    const status = error.statusCode ?? 500
    if (status < 500) return sendProblem(reply, { status, title: error.message, code: 'bad_request' })
    request.log.error({ err: error }, 'request failed')
    return sendProblem(reply, { status: 500, title: 'Internal Server Error', code: 'internal' })
  })
  app.setNotFoundHandler((_request, reply) =>
    sendProblem(reply, { status: 404, title: 'Not Found', code: 'not_found' }),
  )
}
