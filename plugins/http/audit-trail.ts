import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { accountHash } from '../../lib/audit/chain.ts'
import type { AuditEvent, AuditType } from '../../lib/audit/event.ts'
import { canonicalEmail } from '../../lib/auth/email.ts'
import { newId } from '../../lib/auth/ids.ts'
import { LocalBudgets } from '../../lib/auth/local-budgets.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a request to this route is in the audit log. */
    audit?: AuditType
  }
}

/** Answers that are a verdict; a request that was no request at all is not written down. */
const REFUSALS = new Set([
  'invalid_credentials',
  'account_disabled',
  'password_rejected',
  'email_taken',
  'too_many_attempts',
  'refresh_token_reused',
  'not_found',
])
/** Refusals that cost an attacker nothing: so many of an address in a minute are written down. */
const CHEAP = new Set(['too_many_attempts', 'admin_required'])
const CHEAP_MAX = 10
const CHEAP_WINDOW_MS = 60_000
/** What may have been done although the answer was 503, and matters. */
const UNCERTAIN = /^(keys_|user_|logout|session|password_change)/
/** Notes of the request log that tell what was done. */
const DETAILS = ['roles', 'why', 'sessions', 'epoch', 'kid', 'persisted', 'ended', 'kept', 'policy']
const MAX_USER_AGENT_LENGTH = 256

/** Writes down what was answered to every request whose route says what it is in the audit log. */
async function auditTrail(app: FastifyInstance): Promise<void> {
  const { auditLog, auditKeys, clock } = app
  const cheap = new LocalBudgets(clock.monotonic)

  app.addHook('onResponse', (request, reply, done) => {
    trail(request, reply.statusCode)
    done()
  })

  function trail(request: FastifyRequest, status: number): void {
    const code = verdictOf(request.notes)
    const type = code === 'admin_required' ? 'admin_key_refused' : request.routeOptions.config?.audit
    const outcome = type === undefined ? null : outcomeOf(type, request.notes, status)
    if (type === undefined || outcome === null) return
    const isCheap = typeof code === 'string' && CHEAP.has(code)
    if (isCheap && cheap.take(`${code} ${request.ip}`, CHEAP_WINDOW_MS).count > CHEAP_MAX) auditLog.dropped.flood += 1
    else auditLog.add(eventOf(type, outcome, request))
  }

  function eventOf(type: AuditType, outcome: AuditEvent['outcome'], request: FastifyRequest): AuditEvent {
    const { notes, params, headers, ip, id } = request
    const now = clock.now()
    const target = type.startsWith('user_') ? (params as { id: string }).id.toLowerCase() : null
    const userId = textOf(notes.user_id) ?? target
    return {
      id: newId(now),
      at: new Date(now).toISOString(),
      type,
      outcome,
      reason: textOf(verdictOf(notes)),
      actor: actorOf(type, outcome, request),
      user_id: userId,
      session_id: textOf(notes.session_id),
      account: userId === null ? accountOf(request.body) : null,
      address: ip,
      user_agent: (headers['user-agent'] ?? '').slice(0, MAX_USER_AGENT_LENGTH),
      request_id: id,
      details: detailsOf(notes),
    }
  }

  /** The email itself is not written down, also when it is somebody's password in the wrong field. */
  function accountOf(body: unknown): string | null {
    const email = body !== null && typeof body === 'object' && 'email' in body ? body.email : null
    if (typeof email !== 'string') return null
    try {
      return accountHash(auditKeys.account, canonicalEmail(email))
    } catch {
      return null
    }
  }
}

function outcomeOf(type: AuditType, notes: FastifyRequest['notes'], status: number): AuditEvent['outcome'] | null {
  if (type === 'admin_key_refused') return 'refused'
  if (notes.untold === undefined && status < 300) return notes.event === undefined ? null : 'success'
  if (REFUSALS.has(String(verdictOf(notes)))) return 'refused'
  return status === 503 && UNCERTAIN.test(type) ? 'unknown' : null
}

/** The code of the answer, or that of one that the client is not to learn. */
function verdictOf({ code, untold }: FastifyRequest['notes']): unknown {
  return code ?? untold
}

function actorOf(type: AuditType, outcome: AuditEvent['outcome'], { claims }: FastifyRequest): AuditEvent['actor'] {
  if (type === 'admin_key_refused') return 'unknown'
  if (/^(keys|user)_/.test(type)) return 'admin'
  return outcome === 'success' || claims !== undefined ? 'user' : 'unknown'
}

function detailsOf(notes: Record<string, unknown>): string | null {
  const told = DETAILS.flatMap((name) => (notes[name] === undefined ? [] : [[name, notes[name]]]))
  return told.length === 0 ? null : JSON.stringify(Object.fromEntries(told))
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

export default fp(auditTrail, { name: 'audit-trail', dependencies: ['audit', 'request-log', 'jwt'] })
