import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { RolesSchema } from '../../lib/auth/roles.ts'
import { body, HANDLER_DEADLINE_MS, optionalBody, WithAdminKey } from '../../lib/http-schemas.ts'
import type { User } from '../../lib/store/users.ts'
import Type from '../../lib/type.ts'

const Time = Type.String({ format: 'date-time' })

const UserAnswer = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    email: Type.String(),
    roles: Type.Array(Type.String()),
    disabled: Type.Boolean(),
    disabled_at: Type.Union([Time, Type.Null()]),
    created_at: Time,
  },
  { title: 'User' },
)
const common = { tags: ['admin'], security: WithAdminKey, response: { 200: UserAnswer } }
const params = Type.Object({ id: Type.String({ format: 'uuid' }) })
const action = { ...common, params, body: optionalBody({}) }

const schemas = {
  lookUp: {
    ...common,
    summary: 'The user with an email',
    querystring: Type.Object({ email: Type.String() }, { additionalProperties: false }),
  },
  one: { ...common, params, summary: 'A user' },
  disable: {
    ...action,
    summary: 'Disable a user: no login and no refresh any more, and access tokens are refused within a second',
  },
  enable: { ...action, summary: 'Let a disabled user log in again' },
  revokeSessions: { ...action, summary: 'End every session of a user' },
  roles: {
    ...common,
    params,
    summary: 'Replace the roles of a user; the next access token of each session tells them',
    body: body({ roles: RolesSchema }),
  },
}

const users: FastifyPluginAsyncTypebox = async (app) => {
  const { userAdministration: service } = app
  const options = { onRequest: app.requireAdminKey, handlerTimeout: HANDLER_DEADLINE_MS }
  const idOf = (request: { params: { id: string } }) => request.params.id.toLowerCase()

  app.get('/users', { ...options, schema: schemas.lookUp }, async (request) =>
    show(await service.findByEmail(request.query.email)),
  )
  app.get('/users/:id', { ...options, schema: schemas.one }, async (request) => show(await service.find(idOf(request))))

  app.post(
    '/users/:id/disable',
    { ...options, schema: schemas.disable, config: { audit: 'user_disable' } },
    async (request) => {
      const user = await service.disable(idOf(request))
      request.note({ event: 'user_disabled', user_id: user.id })
      return show(user)
    },
  )
  app.post(
    '/users/:id/enable',
    { ...options, schema: schemas.enable, config: { audit: 'user_enable' } },
    async (request) => {
      const user = await service.enable(idOf(request))
      request.note({ event: 'user_enabled', user_id: user.id })
      return show(user)
    },
  )
  app.post(
    '/users/:id/revoke-sessions',
    { ...options, schema: schemas.revokeSessions, config: { audit: 'user_sessions_revoke' } },
    async (request) => {
      const user = await service.revokeSessions(idOf(request))
      request.note({ event: 'user_sessions_revoked', user_id: user.id })
      return show(user)
    },
  )
  app.put(
    '/users/:id/roles',
    { ...options, schema: schemas.roles, config: { audit: 'user_roles' } },
    async (request) => {
      const user = await service.setRoles(idOf(request), request.body.roles)
      request.note({ event: 'user_roles_changed', user_id: user.id, roles: user.roles })
      return show(user)
    },
  )
}

function show({ id, email, roles, disabledAt, createdAt }: User) {
  return {
    id,
    email,
    roles,
    disabled: disabledAt !== null,
    disabled_at: disabledAt?.toISOString() ?? null,
    created_at: createdAt.toISOString(),
  }
}

export default users
