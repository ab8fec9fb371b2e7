import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from '../lib/type.ts'

const schema = {
  summary: 'Metrics in the Prometheus text format',
  tags: ['operations'],
  response: { 200: Type.String() },
}

const metrics: FastifyPluginAsyncTypebox = async (app) => {
  app.get('/metrics', { schema, config: { neverShed: true } }, async (_request, reply) => {
    return reply.type(app.metrics.contentType).send(await app.metrics.metrics())
  })
}

export default metrics
