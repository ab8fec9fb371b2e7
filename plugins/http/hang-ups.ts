import type { FastifyInstance, FastifyReply } from 'fastify'
import fp from 'fastify-plugin'

/**
 * A client that hangs up before it has its answer ends its request like any other: its place in the hashing queue is given
 * back, and log, metrics and audit log tell of it. By itself Node finishes no answer that nobody takes, and Fastify's
 * `onResponse` hooks wait for that. What the request has begun goes on, and they run when that has come to its end.
 */
async function hangUps(app: FastifyInstance): Promise<void> {
  app.addHook('onRequest', (request, reply, done) => {
    reply.raw.once('close', () => {
      if (reply.raw.writableFinished) return
      request.note({ hung_up: true })
      // Behind Fastify's own look at a stream that was left: an error before it would be one in the log.
      if (reply.raw.headersSent) setImmediate(finish, reply)
    })
    done()
  })
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (reply.raw.closed) setImmediate(finish, reply)
    done(null, payload)
  })
}

/** Fastify takes an error of the answer for its end, and does so once. */
function finish({ raw }: FastifyReply): void {
  if (raw.listenerCount('error') > 0) raw.emit('error', new Error('the client has hung up'))
}

export default fp(hangUps, { name: 'hang-ups', dependencies: ['request-log'] })
