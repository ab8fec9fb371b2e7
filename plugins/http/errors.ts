import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { AppError, type Dependency, dependencyUnavailable, type ErrorCode, type FieldError } from '../../lib/errors.ts'
import { PROBLEM_TYPE, problemHeaders, toProblem } from '../../lib/problem.ts'
import { describe } from '../../lib/resilience/guard.ts'

/** Codes for the 4xx answers that Fastify itself gives. */
const FRAMEWORK_CODES: Readonly<Record<number, ErrorCode>> = {
  404: 'not_found',
  405: 'method_not_allowed',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
}

/** Every error leaves as RFC 9457 problem details; what a client must not see stays in the log. */
async function errors(app: FastifyInstance): Promise<void> {
  app.setErrorHandler((error: FastifyError, request, reply) => send(toAppError(app, error), request, reply))
  app.setNotFoundHandler((request, reply) => send(new AppError('not_found'), request, reply))
}

function send(error: AppError, request: FastifyRequest, reply: FastifyReply) {
  const { code, statusCode, title, details } = error
  const { dependency, cause, who, reason = cause === undefined ? undefined : describe(cause) } = details
  const { userId, sessionId } = who ?? {}
  request.note({ code, ...(dependency && { dependency }), ...(reason && { reason }) })
  if (details.spent !== undefined) request.note({ policy: details.spent.policy })
  request.note({ ...(userId && { user_id: userId }), ...(sessionId && { session_id: sessionId }) })
  if (statusCode === 500) request.log.error({ err: cause ?? error }, title)
  return reply
    .code(statusCode)
    .headers(problemHeaders(error))
    .type(PROBLEM_TYPE)
    .serializer(JSON.stringify)
    .send(toProblem(error, request.id))
}

function toAppError(app: FastifyInstance, error: FastifyError): AppError {
  if (error instanceof AppError) return error
  if (error.validation !== undefined) {
    const errors = error.validation.map((one) => fieldError(one, error.validationContext ?? 'body'))
    return new AppError('invalid_request', { detail: errors.map((e) => `${e.field} ${e.detail}`).join('; '), errors })
  }
  if (error.code === 'FST_ERR_HANDLER_TIMEOUT') return dependencyUnavailable(slowDependency(app), 1000, error)
  const { statusCode = 500 } = error
  if (statusCode >= 400 && statusCode < 500) {
    return new AppError(FRAMEWORK_CODES[statusCode] ?? 'invalid_request', { cause: error, ...detailOf(error) })
  }
  return new AppError('internal_error', { cause: error })
}

/** Which dependency a request that ran into its deadline was waiting for, as far as the guards can tell. */
function slowDependency(app: FastifyInstance): Dependency {
  const guards = [app.postgres.guard, app.redisStore.guard, app.keyRingGuard]
  const troubled = guards.find((guard) => guard.state !== 'closed') ?? guards.find((g) => g.snapshot().inFlight > 0)
  return troubled?.dependency ?? 'password-hashing'
}

function detailOf(error: FastifyError): { detail?: string } {
  const texts: Readonly<Record<string, string>> = {
    FST_ERR_CTP_INVALID_JSON_BODY: 'the body is not valid JSON',
    FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'the body does not have the length that was announced',
    FST_ERR_CTP_BODY_TOO_LARGE: 'the body may have at most 16 KiB',
    FST_ERR_CTP_INVALID_MEDIA_TYPE: 'the body must be application/json in UTF-8',
  }
  const detail = texts[error.code] ?? (error instanceof SyntaxError ? 'the body is not acceptable JSON' : undefined)
  return detail === undefined ? {} : { detail }
}

interface SchemaError {
  readonly keyword: string
  readonly instancePath: string
  readonly params: Record<string, unknown>
  readonly message?: string | undefined
}

function fieldError({ keyword, instancePath, params, message }: SchemaError, context: string): FieldError {
  const path = instancePath.slice(1).replaceAll('/', '.')
  const inside = (name: unknown) => [path, name].filter(Boolean).join('.')
  if (keyword === 'required') return { field: inside(params.missingProperty), detail: 'is required' }
  if (keyword === 'additionalProperties') return { field: inside(params.additionalProperty), detail: 'is not known' }
  return { field: path || context, detail: message ?? 'is not valid' }
}

export default fp(errors, { name: 'errors', dependencies: ['request-log', 'postgres', 'redis', 'signing-keys'] })
