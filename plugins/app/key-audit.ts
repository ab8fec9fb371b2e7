import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { newId } from '../../lib/auth/ids.ts'
import type { OwnChange } from '../../lib/keys/key-ring.ts'
import { activeKey } from '../../lib/keys/ring.ts'

const EVENTS = {
  rotated: { type: 'keys_rotate', why: 'schedule' },
  revoked: { type: 'keys_revoke_all', why: 'two emergencies in a split network' },
} as const

/** Writes down the changes of the signing keys that no admin asked for. */
async function keyAudit({ auditLog, clock, keyRing }: FastifyInstance): Promise<void> {
  keyRing.onOwnChange(({ type, ring }: OwnChange) => {
    const now = clock.now()
    const event = EVENTS[type]
    auditLog.add({
      id: newId(now),
      at: new Date(now).toISOString(),
      type: event.type,
      outcome: 'success',
      reason: null,
      actor: 'system',
      user_id: null,
      session_id: null,
      account: null,
      address: '',
      user_agent: '',
      request_id: '',
      details: JSON.stringify({ why: event.why, epoch: ring.epoch, kid: activeKey(ring)?.kid }),
    })
  })
}

export default fp(keyAudit, { name: 'key-audit', dependencies: ['audit', 'signing-keys'] })
