import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { AppError } from '../../lib/errors.ts'
import { body, HANDLER_DEADLINE_MS, WithAdminKey } from '../../lib/http-schemas.ts'
import { activeKey } from '../../lib/keys/ring.ts'
import Type from '../../lib/type.ts'

/** How long a dry run may count sessions, in milliseconds. */
const COUNTING_MS = 3000
/** Controls, and marks that turn or hide text: they would do so on the screen of who reads the log. */
const INVISIBLE = /\p{C}/gu

const Count = Type.Union([Type.Integer(), Type.Null()])

const schema = {
  summary: 'Emergency: void every access token, and with sessions every session, and sign with a fresh key at once',
  description:
    'With dry_run=true nothing is changed, and the answer tells what would be void; null where it is not known.',
  tags: ['admin'],
  security: WithAdminKey,
  querystring: Type.Object({ dry_run: Type.Optional(Type.Enum(['true', 'false'])) }),
  body: body({ reason: Type.String({ minLength: 1, maxLength: 500 }), sessions: Type.Optional(Type.Boolean()) }),
  response: {
    200: Type.Union([
      Type.Object({
        epoch: Type.Integer(),
        kid: Type.String(),
        persisted: Type.Array(Type.Enum(['redis', 'postgres'])),
      }),
      Type.Object({
        dry_run: Type.Literal(true),
        epoch: Type.Integer(),
        would_void: Type.Object({ keys: Type.Integer(), access_tokens_at_most: Count, sessions: Count }),
      }),
    ]),
  },
}

const revokeAll: FastifyPluginAsyncTypebox = async (app) => {
  const options = {
    schema,
    onRequest: app.requireAdminKey,
    handlerTimeout: HANDLER_DEADLINE_MS,
    config: { audit: 'keys_revoke_all' },
  } as const

  app.post('/keys/revoke-all', options, async (request) => {
    const { reason, sessions = false } = request.body
    if (request.query.dry_run === 'true') return preview(sessions)
    const { ring, persisted } = await app.keyRing.revokeAll(sessions)
    const kid = activeKey(ring)?.kid
    if (kid === undefined) throw new AppError('internal_error')
    request.note({
      event: 'all_revoked',
      why: reason.replace(INVISIBLE, '\uFFFD'),
      sessions,
      epoch: ring.epoch,
      kid,
      persisted,
    })
    return { epoch: ring.epoch, kid, persisted }
  })

  async function preview(withSessions: boolean) {
    const { epoch, keys } = app.keyRing.material().ring
    const end = app.clock.monotonic() + COUNTING_MS
    const unknown = () => null
    const tokens = await app.redisStore.sync.outstandingTokens().catch(unknown)
    const sessions = withSessions ? await app.sessionStore.count(() => app.clock.monotonic() < end).catch(unknown) : 0
    return { dry_run: true as const, epoch, would_void: { keys: keys.length, access_tokens_at_most: tokens, sessions } }
  }
}

export default revokeAll
