import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { SIGNING_ALGS } from '../../lib/config.ts'
import { AppError } from '../../lib/errors.ts'
import { answers, body, HANDLER_DEADLINE_MS, WithAdminKey } from '../../lib/http-schemas.ts'
import { activeKey, type Ring } from '../../lib/keys/ring.ts'

const Time = Type.Union([Type.String({ format: 'date-time' }), Type.Null()])
const common = { tags: ['admin'], security: WithAdminKey }

const RingAnswer = Type.Object({
  epoch: Type.Integer(),
  session_epoch: Type.Integer(),
  version: Type.Integer(),
  keys: Type.Array(
    Type.Object({
      kid: Type.String(),
      alg: Type.Enum([...SIGNING_ALGS]),
      state: Type.Enum(['next', 'active', 'retired']),
      created_at: Time,
      activated_at: Time,
      retired_at: Time,
    }),
  ),
})

const ringSchema = { ...common, summary: 'The key ring, no private member', response: answers({ 200: RingAnswer }) }
const rotateSchema = {
  ...common,
  summary: 'Planned rotation: old tokens stay valid until they expire',
  response: answers({ 200: RingAnswer }),
}
const revokeAllSchema = {
  ...common,
  summary: 'Emergency: void every access token, and with sessions every session, and sign with a fresh key at once',
  body: body({ reason: Type.String({ minLength: 1, maxLength: 500 }), sessions: Type.Optional(Type.Boolean()) }),
  response: answers({
    200: Type.Object({
      epoch: Type.Integer(),
      kid: Type.String(),
      persisted: Type.Array(Type.Enum(['redis', 'postgres'])),
    }),
  }),
}

const keys: FastifyPluginAsyncTypebox = async (app) => {
  const options = { onRequest: app.requireAdminKey, handlerTimeout: HANDLER_DEADLINE_MS }

  app.get('/keys', { ...options, schema: ringSchema }, async () => show(app.keyRing.material().ring))

  app.post('/keys/rotate', { ...options, schema: rotateSchema }, async (request) => {
    const ring = await app.keyRing.rotate()
    request.note({ event: 'keys_rotated', kid: activeKey(ring)?.kid })
    return show(ring)
  })

  app.post('/keys/revoke-all', { ...options, schema: revokeAllSchema }, async (request) => {
    const { reason, sessions = false } = request.body
    const { ring, persisted } = await app.keyRing.revokeAll(sessions)
    const kid = activeKey(ring)?.kid
    if (kid === undefined) throw new AppError('internal_error')
    request.note({ event: 'all_revoked', why: reason, sessions, epoch: ring.epoch, kid, persisted })
    return { epoch: ring.epoch, kid, persisted }
  })
}

function show({ epoch, sessionEpoch, version, keys: ringKeys }: Ring) {
  const time = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString())
  return {
    epoch,
    session_epoch: sessionEpoch,
    version,
    keys: ringKeys.map(({ kid, alg, state, createdAt, activatedAt, retiredAt }) => ({
      kid,
      alg,
      state,
      created_at: time(createdAt),
      activated_at: time(activatedAt),
      retired_at: time(retiredAt),
    })),
  }
}

export default keys
