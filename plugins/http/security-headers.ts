import helmet from '@fastify/helmet'
import Fastify, { type FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

/** What an answer of Fastify has anyway. */
const NOT_OURS = ['connection', 'content-length', 'content-type', 'date', 'transfer-encoding']

/**
 * Headers that an API wants: nothing may be embedded, sniffed or, unless a route says otherwise, stored.
 *
 * They are the same for every answer; @fastify/helmet would make them anew for each, which took as long as all of the rest of
 * a cheap request. So it is asked once.
 */
async function securityHeaders(app: FastifyInstance): Promise<void> {
  const headers = { ...(await headersOfHelmet()), 'cache-control': 'no-store' }
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(headers)
    done()
  })
}

async function headersOfHelmet(): Promise<Record<string, unknown>> {
  const sample = Fastify()
  await sample.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    referrerPolicy: { policy: 'no-referrer' },
  })
  sample.get('/', async () => '')
  const { headers } = await sample.inject('/')
  await sample.close()
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !NOT_OURS.includes(name)))
}

export default fp(securityHeaders, { name: 'security-headers' })
