import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

/**
 * An `Expect` of anything but `100-continue` is passed over, as RFC 9110 section 10.1.1 allows: by itself Node answers 417,
 * without problem details and without a line in the log.
 */
async function expectations({ server }: FastifyInstance): Promise<void> {
  server.on('checkExpectation', (request, response) => server.emit('request', request, response))
}

export default fp(expectations, { name: 'expectations' })
