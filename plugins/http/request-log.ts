import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyRequest {
    /** What the log line of this request will tell. */
    notes: Record<string, unknown>
    /** Adds to the log line of this request. Never a password, token, key or email. */
    note(fields: Record<string, unknown>): void
  }
}

/** Of a request that notes nothing: whoever reads the notes finds some, as their type says. */
const NOTHING: Record<string, unknown> = Object.freeze({})

/** One log line a request: what was asked, what was answered and why. Also gives the request id back. */
async function requestLog(app: FastifyInstance): Promise<void> {
  app.decorateRequest('notes')
  app.decorateRequest('note', function note(fields) {
    this.notes = this.notes === undefined || this.notes === NOTHING ? fields : { ...this.notes, ...fields }
  })
  app.addHook('onRequest', (request, reply, done) => {
    request.notes = NOTHING
    reply.header('x-request-id', request.id)
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    const { method, ip, notes } = request
    const fields = { method, route: request.routeOptions.url ?? null, status: reply.statusCode, ip, ...notes }
    const line = `${method} ${fields.route ?? 'unknown route'} ${reply.statusCode}`
    request.log.info({ ...fields, duration_ms: Math.round(reply.elapsedTime * 10) / 10 }, line)
    done()
  })
}

export default fp(requestLog, { name: 'request-log' })
