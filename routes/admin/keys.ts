import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { SIGNING_ALGS } from '../../lib/config.ts'
import { HANDLER_DEADLINE_MS, optionalBody, WithAdminKey } from '../../lib/http-schemas.ts'
import { activeKey, type Ring } from '../../lib/keys/ring.ts'
import Type from '../../lib/type.ts'

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

const ringSchema = { ...common, summary: 'The key ring, no private member', response: { 200: RingAnswer } }
const rotateSchema = {
  ...common,
  summary: 'Planned rotation: old tokens stay valid until they expire',
  body: optionalBody({}),
  response: { 200: RingAnswer },
}
const keys: FastifyPluginAsyncTypebox = async (app) => {
  const options = { onRequest: app.requireAdminKey, handlerTimeout: HANDLER_DEADLINE_MS }

  app.get('/keys', { ...options, schema: ringSchema }, async () => show(app.keyRing.material().ring))

  app.post('/keys/rotate', { ...options, schema: rotateSchema, config: { audit: 'keys_rotate' } }, async (request) => {
    const ring = await app.keyRing.rotate()
    request.note({ event: 'keys_rotated', kid: activeKey(ring)?.kid })
    return show(ring)
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
