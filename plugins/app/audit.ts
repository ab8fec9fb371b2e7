import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { AuditLog } from '../../lib/audit/audit-log.ts'
import { type AuditKeys, auditKeys } from '../../lib/audit/chain.ts'
import { Spill } from '../../lib/audit/spill.ts'
import { newId } from '../../lib/auth/ids.ts'
import { AuditStore } from '../../lib/store/audit.ts'

declare module 'fastify' {
  interface FastifyInstance {
    auditKeys: AuditKeys
    auditLog: AuditLog
    auditStore: AuditStore
  }
}

/** More often than others take a spill for one that was left behind. */
const TICK_MS = 5000
const PRUNE_EVERY_MS = 3_600_000
/** Of a thousand events each. */
const MAX_PRUNES = 100
/** The part of the grace that the end may spend on writing to Postgres, and its most in milliseconds. */
const CLOSE_FRACTION = 0.3
const MAX_CLOSE_MS = 2000

/** The audit log: queued in memory, written to Postgres in the background, on disk while Postgres is away. */
async function audit(app: FastifyInstance): Promise<void> {
  const { config, clock, log, postgres } = app
  const keys = auditKeys(config.audit.key)
  const store = new AuditStore(postgres, keys.chain)
  const spill = await openSpill(app)
  const auditLog = new AuditLog({ append: (events) => store.append(events), writable: postgres.writable, spill, log })
  let prunedAt = Number.NEGATIVE_INFINITY

  async function prune(): Promise<void> {
    if (!postgres.writable() || clock.monotonic() - prunedAt < PRUNE_EVERY_MS) return
    prunedAt = clock.monotonic()
    const before = new Date(clock.now() - config.audit.retention)
    let deleted = 0
    for (let i = 0; i < MAX_PRUNES; i += 1) {
      const some = await store.prune(before)
      if (some === 0) break
      deleted += some
    }
    if (deleted > 0) log.info({ events: deleted, before }, 'audit: deleted events that are old enough')
  }

  // Not awaited: a long backlog must not hold the probe up.
  postgres.onNews(async () => {
    void auditLog.drain()
    void prune().catch((err) => log.debug({ err }, 'audit: could not delete old events now'))
  })
  const tick = setInterval(() => void auditLog.drain(), TICK_MS).unref()
  app.decorate('auditKeys', keys)
  app.decorate('auditLog', auditLog)
  app.decorate('auditStore', store)
  app.addHook('onClose', async () => {
    clearInterval(tick)
    await auditLog.close(Math.min(MAX_CLOSE_MS, config.shutdownGrace * CLOSE_FRACTION))
  })
}

/** Null, and a line in the log, when nothing can be kept on disk. */
async function openSpill({ config, clock, log }: FastifyInstance): Promise<Spill | null> {
  const { spillDir: folder, spillMax: maxBytes } = config.audit
  if (folder === undefined) {
    log.warn('AUDIT_SPILL_DIR is not set: while postgres is away, audit events wait in memory alone')
    return null
  }
  const spill = new Spill({ folder, maxBytes, id: newId(clock.now()), monotonic: clock.monotonic })
  try {
    await spill.open()
    return spill
  } catch (err) {
    log.warn({ err }, 'AUDIT_SPILL_DIR can not be written: while postgres is away, audit events wait in memory alone')
    return null
  }
}

export default fp(audit, { name: 'audit', dependencies: ['postgres'] })
