import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { AppError } from '../../lib/errors.ts'

/**
 * A request of HTTP/1.1 names one host (RFC 9112 section 3.2): without a name, or with two, a proxy and we could take it for
 * different ones. Node's own check knows no problem details, and is switched off for this one.
 */
async function host(app: FastifyInstance): Promise<void> {
  app.addHook('onRequest', async ({ raw: { httpVersion, rawHeaders } }) => {
    const hosts = rawHeaders.filter((name, i) => i % 2 === 0 && /^host$/i.test(name)).length
    if (hosts === 1 || (hosts === 0 && httpVersion === '1.0')) return
    throw new AppError('invalid_request', {
      detail: 'the request must name one host',
      headers: { connection: 'close' },
    })
  })
}

export default fp(host, { name: 'host', dependencies: ['errors'] })
