import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { HANDLER_DEADLINE_MS, NoContent, WithAccessToken } from '../../lib/http-schemas.ts'
import Type from '../../lib/type.ts'

const common = { tags: ['sessions'], security: WithAccessToken }
const Time = Type.String({ format: 'date-time' })

const listSchema = {
  ...common,
  summary: 'The live sessions of the user',
  response: {
    200: Type.Object({
      sessions: Type.Array(
        Type.Object({
          id: Type.String({ format: 'uuid' }),
          current: Type.Boolean(),
          created_at: Time,
          last_used_at: Time,
          expires_at: Time,
          ip: Type.String(),
          user_agent: Type.String(),
        }),
      ),
    }),
  },
}

const endSchema = {
  ...common,
  summary: 'End one session of the user',
  params: Type.Object({ id: Type.String({ format: 'uuid' }) }),
  response: { 204: NoContent },
}

const endAllSchema = {
  ...common,
  summary: 'End all sessions of the user, or all but this one',
  querystring: Type.Object({ keep_current: Type.Optional(Type.Enum(['true', 'false'])) }),
  response: { 204: NoContent },
}

const sessions: FastifyPluginAsyncTypebox = async (app) => {
  const options = { onRequest: app.requireAccessToken, handlerTimeout: HANDLER_DEADLINE_MS }
  const iso = (ms: number) => new Date(ms).toISOString()

  app.get('/sessions', { ...options, schema: listSchema }, async (request) => {
    const { sub, sid } = request.claims
    const records = await app.sessions.list(sub)
    return {
      sessions: records.map(({ id, createdAt, lastUsedAt, expiresAt, ip, userAgent }) => ({
        id,
        current: id === sid,
        created_at: iso(createdAt),
        last_used_at: iso(lastUsedAt),
        expires_at: iso(expiresAt),
        ip,
        user_agent: userAgent,
      })),
    }
  })

  app.delete(
    '/sessions/:id',
    { ...options, schema: endSchema, config: { audit: 'session_end' } },
    async (request, reply) => {
      const { sub } = request.claims
      await app.sessions.end(sub, request.params.id.toLowerCase())
      request.note({ event: 'session_ended', ended: request.params.id })
      return reply.code(204).send(null)
    },
  )

  app.delete(
    '/sessions',
    { ...options, schema: endAllSchema, config: { audit: 'sessions_end' } },
    async (request, reply) => {
      const { sub, sid } = request.claims
      const keep = request.query.keep_current === 'true' ? sid : null
      await app.revoker.revokeUser(sub, keep)
      request.note({ event: 'sessions_ended', kept: keep })
      return reply.code(204).send(null)
    },
  )
}

export default sessions
