import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { SIGNING_ALGS } from '../../lib/config.ts'
import Type from '../../lib/type.ts'

const schema = {
  summary: 'Authorization server metadata (RFC 8414): what exists, and nothing that does not',
  tags: ['tokens'],
  response: {
    200: Type.Object({
      issuer: Type.String(),
      jwks_uri: Type.String(),
      service_documentation: Type.String(),
      access_token_signing_alg_values_supported: Type.Array(Type.Enum([...SIGNING_ALGS])),
    }),
  },
}

const metadata: FastifyPluginAsyncTypebox = async (app) => {
  const { issuer, signingAlg } = app.config
  const document = {
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    service_documentation: `${issuer}/docs`,
    access_token_signing_alg_values_supported: [signingAlg],
  }
  for (const name of ['oauth-authorization-server', 'openid-configuration']) {
    app.get(`/${name}`, { schema }, async (_request, reply) => {
      reply.header('cache-control', 'public, max-age=300, stale-if-error=86400')
      return document
    })
  }
}

export const prefixOverride = '/.well-known'
export default metadata
