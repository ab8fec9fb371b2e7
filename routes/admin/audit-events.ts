import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { AUDIT_ACTORS, AUDIT_OUTCOMES, AUDIT_TYPES } from '../../lib/audit/event.ts'
import { HANDLER_DEADLINE_MS, WithAdminKey } from '../../lib/http-schemas.ts'
import type { StoredAuditEvent } from '../../lib/store/audit.ts'
import Type from '../../lib/type.ts'

const PAGE = 100
const TextOrNull = Type.Union([Type.String(), Type.Null()])

const Event = Type.Object(
  {
    seq: Type.Integer(),
    id: Type.String({ format: 'uuid' }),
    at: Type.String({ format: 'date-time' }),
    type: Type.Enum([...AUDIT_TYPES]),
    outcome: Type.Enum([...AUDIT_OUTCOMES]),
    reason: TextOrNull,
    actor: Type.Enum([...AUDIT_ACTORS]),
    user_id: TextOrNull,
    session_id: TextOrNull,
    account: TextOrNull,
    address: Type.String(),
    user_agent: Type.String(),
    request_id: Type.String(),
    details: Type.Union([Type.Object({}, { additionalProperties: true }), Type.Null()]),
  },
  { title: 'AuditEvent' },
)

const schema = {
  summary: 'The audit log, the oldest event first, a page at a time',
  description:
    '`next` leads to the next page; null: there is none now. To go on later, give the `seq` of the last event as `after`.',
  tags: ['admin'],
  security: WithAdminKey,
  querystring: Type.Object(
    {
      after: Type.Optional(Type.String({ pattern: '^\\d{1,15}$' })),
      user_id: Type.Optional(Type.String({ format: 'uuid' })),
      type: Type.Optional(Type.Enum([...AUDIT_TYPES])),
    },
    { additionalProperties: false },
  ),
  response: { 200: Type.Object({ events: Type.Array(Event), next: TextOrNull }) },
}

const auditEvents: FastifyPluginAsyncTypebox = async (app) => {
  const options = { schema, onRequest: app.requireAdminKey, handlerTimeout: HANDLER_DEADLINE_MS }

  app.get('/audit-events', options, async (request) => {
    const { after = '0', user_id: userId = null, type = null } = request.query
    const found = await app.auditStore.page({ after: Number(after), userId, type }, PAGE + 1)
    const events = found.slice(0, PAGE)
    return { events: events.map(show), next: found.length > PAGE ? String(events.at(-1)?.seq) : null }
  })
}

function show({ details, ...event }: StoredAuditEvent) {
  return { ...event, details: details === null ? null : JSON.parse(details) }
}

export default auditEvents
