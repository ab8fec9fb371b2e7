import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { Verifier } from './api.ts'
import type { AccessClaims } from './claims.ts'
import { InvalidTokenError, UncheckableTokenError } from './errors.ts'

declare module 'fastify' {
  interface FastifyInstance {
    verifier: Verifier
    /** An onRequest hook that lets a valid Bearer access token alone through, and leaves its claims in the request. */
    requireAccessToken: (request: FastifyRequest) => Promise<void>
  }
  interface FastifyRequest {
    /** The claims of the Bearer token, behind `requireAccessToken`. */
    accessToken: AccessClaims
  }
}

export interface VerifierPluginOptions {
  readonly verifier: Verifier
  /** By default the verifier is closed with the application. */
  readonly keepOpen?: boolean
}

/** RFC 9457 problem details, with the machine word of the refusal in `code`. */
interface Refusal {
  readonly status: 401 | 503
  readonly title: string
  readonly detail: string
  readonly code: 'invalid_token' | 'dependency_unavailable'
  readonly headers: Record<string, string>
}

async function plugin(app: FastifyInstance, { verifier, keepOpen = false }: VerifierPluginOptions): Promise<void> {
  app.decorate('verifier', verifier)
  app.decorateRequest('accessToken')
  app.decorate('requireAccessToken', async (request: FastifyRequest, reply?: FastifyReply) => {
    const refusal = await check(request)
    if (refusal === undefined) return
    if (reply === undefined) throw asError(refusal)
    const { headers, ...problem } = refusal
    const body = JSON.stringify({ type: `urn:tokenforge:error:${problem.code}`, ...problem, request_id: request.id })
    return reply.code(problem.status).headers(headers).type('application/problem+json; charset=utf-8').send(body)
  })
  if (!keepOpen) app.addHook('onClose', () => verifier.close())

  async function check(request: FastifyRequest): Promise<Refusal | undefined> {
    const token = bearerToken(request.headers.authorization)
    if (token === undefined) return unauthorized('A Bearer access token is required', 'Bearer')
    try {
      request.accessToken = await verifier.verify(token)
      return undefined
    } catch (error) {
      if (error instanceof InvalidTokenError) {
        request.log.info({ code: error.code, reason: error.reason }, 'access token refused')
        return unauthorized('The access token is not valid', 'Bearer error="invalid_token"')
      }
      if (!(error instanceof UncheckableTokenError)) throw error
      request.log.warn({ code: error.code, reason: error.reason }, 'access token could not be checked')
      return unavailable(error.retryAfterS)
    }
  }
}

/** RFC 6750 section 2.1. Undefined when there is none. */
function bearerToken(authorization: string | undefined): string | undefined {
  const [scheme, token = ''] = /^Bearer(?: +(.*?))? *$/i.exec(authorization ?? '') ?? []
  return scheme === undefined ? undefined : token
}

/** RFC 6750 section 3: the reason stays in the log. */
function unauthorized(detail: string, challenge: string): Refusal {
  return {
    status: 401,
    title: 'Unauthorized',
    detail,
    code: 'invalid_token',
    headers: { 'www-authenticate': challenge },
  }
}

function unavailable(retryAfterS: number): Refusal {
  return {
    status: 503,
    title: 'Service Unavailable',
    detail: 'The access token could not be checked; try again',
    code: 'dependency_unavailable',
    headers: { 'retry-after': String(retryAfterS) },
  }
}

/** For who calls the hook without a reply: Fastify answers with the status and the fields of the error. */
function asError({ status, detail, code, headers }: Refusal): Error {
  return Object.assign(new Error(detail), { statusCode: status, code, headers })
}

/**
 * Decorates the application with `verifier` and `requireAccessToken`, requests with `accessToken`.
 *
 * @example
 * await app.register(verifierPlugin, { verifier })
 * app.get('/orders', { onRequest: app.requireAccessToken }, async (request) => ordersOf(request.accessToken.sub))
 */
export const verifierPlugin: FastifyPluginAsync<VerifierPluginOptions> = Object.assign(plugin, {
  // What fastify-plugin would do: the decorators are for the whole application.
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'tokenforge-verifier',
  [Symbol.for('plugin-meta')]: { name: 'tokenforge-verifier', fastify: '5.x' },
})

export default verifierPlugin
