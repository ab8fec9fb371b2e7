import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { PublicJwkSchema } from '../../lib/keys/jwk.ts'
import { JWKS_MAX_AGE_S } from '../../lib/keys/jwks.ts'
import Type from '../../lib/type.ts'

const CACHE_CONTROL = `public, max-age=${JWKS_MAX_AGE_S}, stale-if-error=86400`

const schema = {
  summary: 'The keys that verify access tokens (RFC 7517)',
  description: 'The header TokenForge-Key-Ring says how new the set is: `epoch=2, version=7`.',
  tags: ['tokens'],
  response: {
    200: Type.Object({ keys: Type.Array(PublicJwkSchema) }),
    304: Type.Null({ description: 'Not changed since If-None-Match' }),
  },
}

const jwks: FastifyPluginAsyncTypebox = async (app) => {
  app.get('/jwks.json', { schema }, async (request, reply) => {
    const { body, etag, stamp } = app.keyRing.material().jwks
    reply.headers({ etag, 'cache-control': CACHE_CONTROL, 'tokenforge-key-ring': stamp })
    if (matches(request.headers['if-none-match'], etag)) return reply.code(304).send(null)
    return reply
      .type('application/json; charset=utf-8')
      .serializer(String)
      .send(body as never)
  })
}

/** If-None-Match (RFC 9110 section 13.1.2), by weak comparison. */
function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  return header.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag)
}

export const prefixOverride = '/.well-known'
export default jwks
