import { randomUUID } from 'node:crypto'
import type { Server } from 'node:http'
import { join } from 'node:path'
import autoload from '@fastify/autoload'
import {
  type FastifyHttpOptions,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify'
import fp from 'fastify-plugin'
import { type Clock, systemClock } from './lib/clock.ts'
import type { Config } from './lib/config.ts'
import { AppError } from './lib/errors.ts'
import { PROBLEM_TYPE, toProblem } from './lib/problem.ts'
import { refuseRawRequest } from './lib/raw-errors.ts'

declare module 'fastify' {
  interface FastifyInstance {
    config: Config
    clock: Clock
    /** A number from 0 up to 1. */
    random: () => number
    /** How many log lines were lost since the start. */
    logLinesLost: () => number
  }
}

export interface AppOptions {
  readonly config: Config
  readonly clock?: Clock
  readonly random?: () => number
  /** How many log lines were lost so far; none by default. */
  readonly logLinesLost?: () => number
}

const BODY_LIMIT_BYTES = 16_384
/** For the whole of a request to arrive, its body too. */
const REQUEST_TIMEOUT_MS = 10_000
/** For a connection on which nothing moves while it has something to say or to hear: it is closed. */
const IDLE_TIMEOUT_MS = 30_000
/** How often Node looks for requests that take too long; by default only every 30 s. */
const SLOWNESS_CHECK_MS = 1000
const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/

/** How Fastify must be made for the application: what it reads and how, not what it does. */
export function fastifyOptions({ trustProxy: hops }: Config) {
  return {
    trustProxy: typeof hops === 'number' ? (_address: string, hop: number) => hop < hops : hops,
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Of two different times Node takes the shorter one for the headers alone (docs/adr/0027-slow-clients.md).
    // The name of the host is looked at in plugins/http/host.ts.
    http: {
      headersTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: SLOWNESS_CHECK_MS,
      requireHostHeader: false,
    },
    connectionTimeout: IDLE_TIMEOUT_MS,
    requestIdHeader: false,
    genReqId: ({ headers }) => {
      const given = headers['x-request-id']
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID()
    },
    // One line a request is written by plugins/http/request-log.ts.
    logController: new LogController({ requestIdLogLabel: 'request_id', disableRequestLogging: true }),
    // While the server closes, requests on open connections are still answered; none is cut.
    return503OnClosing: false,
    clientErrorHandler: refuseRawRequest,
    frameworkErrors: refuseBadPath as never,
    forceCloseConnections: 'idle',
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, allErrors: true, allowUnionTypes: true } },
  } satisfies FastifyHttpOptions<Server>
}

/** A path that can't be decoded is refused before there is a route. */
function refuseBadPath(cause: Error, request: FastifyRequest, reply: FastifyReply): void {
  const error = new AppError('invalid_request', { detail: 'the path is not valid', cause })
  reply.code(error.statusCode).type(PROBLEM_TYPE).headers({ 'x-request-id': request.id, 'cache-control': 'no-store' })
  request.log.info({ status: error.statusCode, code: error.code }, 'refused a path that can not be decoded')
  reply.serializer(JSON.stringify).send(toProblem(error, request.id))
}

/** The application: its plugins, then its routes. */
async function app(fastify: FastifyInstance, options: AppOptions) {
  const { config, clock = systemClock, random = Math.random, logLinesLost = () => 0 } = options
  fastify.decorate('config', config)
  fastify.decorate('clock', clock)
  fastify.decorate('random', random)
  fastify.decorate('logLinesLost', logLinesLost)
  const folder = import.meta.dirname
  await fastify.register(autoload, { dir: join(folder, 'plugins'), dirNameRoutePrefix: false })
  await fastify.register(autoload, { dir: join(folder, 'routes') })
  fastify.refuseOtherMethods()
}

export default fp(app, { name: 'app' })
