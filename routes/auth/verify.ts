import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { AccessClaimsSchema } from '../../lib/auth/access-token.ts'
import { invalidField } from '../../lib/errors.ts'
import { optionalBody, WithAccessToken } from '../../lib/http-schemas.ts'
import Type from '../../lib/type.ts'

const verifySchema = {
  summary: 'Tell whether an access token is valid, and what it says',
  tags: ['tokens'],
  security: [{}, ...WithAccessToken],
  body: optionalBody({ token: Type.Optional(Type.String()) }),
  response: { 200: Type.Object({ ...AccessClaimsSchema.properties, active: Type.Literal(true) }) },
}

const forwardAuthSchema = {
  summary: 'Forward authentication for a reverse proxy: nginx auth_request, Traefik, Caddy',
  tags: ['tokens'],
  security: WithAccessToken,
  response: { 200: { description: 'Valid and empty; see the X-Auth- headers' } },
}

/** Both routes answer from memory, with Postgres and Redis both gone. */
const verify: FastifyPluginAsyncTypebox = async (app) => {
  app.post('/verify', { schema: verifySchema }, async (request) => {
    const bearer = request.bearerToken()
    const token = request.body?.token
    if (token !== undefined && bearer !== null && token !== bearer) {
      throw invalidField('token', 'and the Authorization header carry different tokens')
    }
    if (request.body != null && token === undefined && bearer === null) throw invalidField('token', 'is required')
    return { active: true as const, ...(await request.verifyAccessToken(token ?? bearer)) }
  })

  app.get('/verify', { schema: forwardAuthSchema, onRequest: app.requireAccessToken }, async (request, reply) => {
    const { sub, sid, roles } = request.claims
    reply.headers({ 'x-auth-subject': sub, 'x-auth-session': sid, 'x-auth-roles': roles.join(',') })
    return reply.code(200).send()
  })
}

export default verify
