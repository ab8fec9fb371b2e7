import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from '../../lib/type.ts'

const schema = {
  summary: 'Answers while the process does',
  tags: ['operations'],
  response: { 200: Type.Object({ status: Type.Literal('ok') }) },
}

const live: FastifyPluginAsyncTypebox = async (app) => {
  app.get('/live', { schema, config: { neverShed: true } }, async () => ({ status: 'ok' as const }))
}

export default live
