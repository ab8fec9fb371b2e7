import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { AppError } from '../../lib/errors.ts'

/**
 * A request of HTTP/1.1 names one host (RFC 9112 section 3.2): without a name, or with two, a proxy and we could take it for
 * different ones. Node's own check knows no problem details, and is switched off for this one.
 */
async function host(app: FastifyInstance): Promise<void> {
  app.addHook('onRequest', ({ raw: { httpVersion, rawHeaders } }, _reply, done) => {
    const hosts = timesNamed('host', rawHeaders)
    if (hosts === 1 || (hosts === 0 && httpVersion === '1.0')) return done()
    const detail = 'the request must name one host'
    done(new AppError('invalid_request', { detail, headers: { connection: 'close' } }))
  })
}

/** @param rawHeaders names and values by turns, as Node has them */
function timesNamed(name: string, rawHeaders: readonly string[]): number {
  let times = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const one = rawHeaders[i] as string
    if (one.length === name.length && one.toLowerCase() === name) times += 1
  }
  return times
}

export default fp(host, { name: 'host', dependencies: ['errors'] })
