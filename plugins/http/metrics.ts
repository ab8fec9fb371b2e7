import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { ERROR_CODES } from '../../lib/errors.ts'

declare module 'fastify' {
  interface FastifyInstance {
    metrics: Registry
  }
}

const STATES = ['connecting', 'closed', 'open', 'half_open'] as const
const BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

/** Prometheus metrics, read from memory when they are asked for. */
async function metrics(app: FastifyInstance): Promise<void> {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })

  const requests = new Histogram({
    name: 'tokenforge_http_request_duration_seconds',
    help: 'Time from the request to its answer, by route and status.',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS_S,
    registers,
  })
  const errors = new Counter({
    name: 'tokenforge_http_errors_total',
    help: 'Answers with an error, by their code.',
    labelNames: ['code'],
    registers,
  })
  // A series that begins at 1 has never increased: the first of its kind would raise no alert.
  for (const code of ERROR_CODES) errors.inc({ code }, 0)
  app.addHook('onResponse', (request, reply, done) => {
    const labels = { method: request.method, route: request.routeOptions.url ?? '', status: reply.statusCode }
    requests.observe(labels, reply.elapsedTime / 1000)
    if (typeof request.notes?.code === 'string') errors.inc({ code: request.notes.code })
    done()
  })

  /** A gauge that is read when the metrics are. */
  function gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name: `tokenforge_${name}`,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  }
  const guards = [app.postgres.guard, app.redisStore.guard, app.keyRingGuard]
  new Gauge({
    name: 'tokenforge_guard_state',
    help: '1 for the state that the guard of a dependency is in.',
    labelNames: ['dependency', 'state'],
    registers,
    collect() {
      for (const { dependency, state } of guards) {
        for (const one of STATES) this.set({ dependency, state: one }, Number(one === state))
      }
    },
  })
  new Gauge({
    name: 'tokenforge_guard_window_calls',
    help: 'Calls in the sliding window of a guard, by outcome.',
    labelNames: ['dependency', 'outcome'],
    registers,
    collect() {
      for (const guard of guards) {
        const { calls, failures } = guard.snapshot()
        this.set({ dependency: guard.dependency, outcome: 'success' }, calls - failures)
        this.set({ dependency: guard.dependency, outcome: 'failure' }, failures)
      }
    },
  })
  new Gauge({
    name: 'tokenforge_guard_in_flight',
    help: 'Calls under way and waiting behind a guard.',
    labelNames: ['dependency', 'state'],
    registers,
    collect() {
      for (const guard of guards) {
        const { inFlight, queued } = guard.snapshot()
        this.set({ dependency: guard.dependency, state: 'running' }, inFlight)
        this.set({ dependency: guard.dependency, state: 'waiting' }, queued)
      }
    },
  })
  /** A counter whose total is kept elsewhere; `read` gives it by label value. */
  function total(name: string, help: string, labelName: string, read: () => Record<string, number>): void {
    new Counter({
      name: `tokenforge_${name}_total`,
      help,
      labelNames: [labelName],
      registers,
      collect() {
        this.reset()
        for (const [label, value] of Object.entries(read())) this.inc({ [labelName]: label }, value)
      },
    })
  }
  total('guard_refusals', 'Calls that a guard refused without I/O.', 'dependency', () =>
    Object.fromEntries(guards.map((guard) => [guard.dependency, guard.snapshot().refusals])),
  )
  total('sessions_missing', 'Refreshes of sessions that were missing in Redis.', 'reason', () => ({
    ...app.missingSessions,
  }))
  total('shed', 'Requests refused because there was more work than can be done.', 'queue', () => ({
    password_hashing: app.hashing.shed,
    event_loop: app.loadShedding.shed,
  }))
  new Gauge({
    name: 'tokenforge_postgres_pool_connections',
    help: 'Connections of the Postgres pool, and callers that wait for one.',
    labelNames: ['state'],
    registers,
    collect() {
      const { total, idle, waiting } = app.postgres.pool()
      this.set({ state: 'busy' }, total - idle)
      this.set({ state: 'idle' }, idle)
      this.set({ state: 'waiting' }, waiting)
    },
  })
  new Gauge({
    name: 'tokenforge_probe_duration_seconds',
    help: 'How long the last probe of a dependency took.',
    labelNames: ['dependency'],
    registers,
    collect() {
      this.set({ dependency: 'postgres' }, app.postgres.probe.lastMs / 1000)
      this.set({ dependency: 'redis' }, app.redisStore.probe.lastMs / 1000)
    },
  })
  new Gauge({
    name: 'tokenforge_http_connections',
    help: 'Open connections of clients.',
    registers,
    async collect() {
      this.set(await app.connections.open())
    },
  })
  new Counter({
    name: 'tokenforge_http_connections_dropped_total',
    help: 'Connections closed at once because MAX_CONNECTIONS were open.',
    registers,
    collect() {
      this.reset()
      this.inc(app.connections.dropped)
    },
  })
  new Counter({
    name: 'tokenforge_log_lines_lost_total',
    help: 'Log lines that whoever takes the log was too slow for, or had no room for.',
    registers,
    collect() {
      this.reset()
      this.inc(app.logLinesLost())
    },
  })
  new Counter({
    name: 'tokenforge_audit_events_total',
    help: 'Audit events, by type and outcome.',
    labelNames: ['type', 'outcome'],
    registers,
    collect() {
      this.reset()
      for (const { type, outcome, count } of app.auditLog.totals.values()) this.inc({ type, outcome }, count)
    },
  })
  new Counter({
    name: 'tokenforge_audit_spilled_total',
    help: 'Audit events that were written to the spill because Postgres was away.',
    registers,
    collect() {
      this.reset()
      this.inc(app.auditLog.spilled)
    },
  })
  total('audit_dropped', 'Audit events that were lost, or not written down because of a flood.', 'reason', () => ({
    ...app.auditLog.dropped,
  }))
  gauge('audit_backlog_events', 'Audit events that are not in Postgres yet.', () => app.auditLog.backlog)
  gauge('audit_spill_bytes', 'Bytes of the spill of audit events.', () => app.auditLog.spillBytes)
  const { spillDir, spillMax } = app.config.audit
  gauge('audit_spill_max_bytes', 'AUDIT_SPILL_MAX; 0 without a folder.', () => (spillDir === undefined ? 0 : spillMax))
  gauge('audit_chain_seq', 'Where the audit chain ended when this instance last added to it.', () => app.auditStore.seq)
  gauge('password_hashing_queue', 'Requests with a place in the hashing queue.', () => app.hashing.admitted)
  gauge(
    'key_ring_epoch',
    'Emergencies of the key ring so far, plus one; 0 without a ring.',
    () => app.keyRing.ring?.epoch ?? 0,
  )
  gauge('key_ring_version', 'Changes of the key ring so far; 0 without a ring.', () => app.keyRing.ring?.version ?? 0)
  gauge('key_ring_age_seconds', 'Time since a store confirmed the key ring.', () => app.keyRing.ageMs / 1000)
  gauge('revoked_sessions', 'Revoked sessions whose access tokens may still be about.', () => app.revocations.size)
  gauge('revocations_unannounced', 'Revocations that Redis does not know yet.', () => app.revoker.unannounced)
  gauge(
    'revocation_lag_seconds',
    'Time since this instance last heard of revocations from Redis.',
    () => app.redisStore.lagMs() / 1000,
  )
  gauge('revocation_streams', 'Open event streams of revocations.', () => app.revocations.subscribers)

  app.decorate('metrics', registry)
}

export default fp(metrics, {
  name: 'metrics',
  dependencies: ['request-log', 'connections', 'accounts', 'sessions', 'signing-keys', 'load-shedding', 'audit'],
})
