import { DatabaseError } from 'pg'

/**
 * SQLSTATE classes by which Postgres did its work and said no: data, integrity, transaction, syntax and raised errors. 25 is
 * the write that a standby refuses; it still reads (docs/adr/0010-read-only-postgres.md).
 */
const REFUSALS = new Set(['21', '22', '23', '25', '40', '42', '44', 'P0'])

/** SQLSTATE classes of a server in trouble. */
const TROUBLE = new Set(['08', '28', '3D', '53', '54', '55', '57', '58', 'F0', 'XX'])

/** A privilege that the role of the server lacks: it can't do its work, whoever asks. */
const INSUFFICIENT_PRIVILEGE = '42501'

/** The server could not prove who it is. */
const TLS_CODES = /^(ERR_(TLS|SSL)|CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT|UNABLE_TO_(GET|VERIFY)_)/
const SOCKET_CODES = /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_|ERR_SOCKET|ENOENT|EADDR)/
const DRIVER_TEXTS =
  /^(The server does not support SSL|There was an error establishing an SSL|Connection terminated|timeout expired|timeout exceeded|Query read timeout|Client (was closed|has encountered))/
const LOST_TEXTS = /^Connection terminated unexpectedly/
const LOST_CODES = /^(ECONNRESET|EPIPE|57P01|57P02|08003|08006)$/

/** What an error of the Postgres driver means to the breaker. */
export type Verdict = 'refusal' | 'failure' | 'unknown'

/** Sorts an error by class; an unknown one counts as a failure and should be logged. */
export function judgePostgresError(error: unknown): Verdict {
  if (error instanceof DatabaseError) {
    if (error.code === INSUFFICIENT_PRIVILEGE) return 'failure'
    const sqlClass = error.code?.slice(0, 2) ?? ''
    if (REFUSALS.has(sqlClass)) return 'refusal'
    return TROUBLE.has(sqlClass) ? 'failure' : 'unknown'
  }
  if (!(error instanceof Error)) return 'unknown'
  const code = codeOf(error)
  return [SOCKET_CODES, TLS_CODES].some((codes) => codes.test(code)) || DRIVER_TEXTS.test(error.message)
    ? 'failure'
    : 'unknown'
}

/** True for a write that was refused because the server is read-only, as a standby is. */
export function isReadOnlyRefusal(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === '25006'
}

/** True for what the guard tells of a login that Postgres has refused: no such role, or another password. */
export function isLoginRefused(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof DatabaseError && /^28/.test(cause.code ?? '')
}

/** True when the connection was lost under a call that may succeed on another one. */
export function isLostPostgresConnection(error: unknown): boolean {
  return error instanceof Error && (LOST_CODES.test(codeOf(error)) || LOST_TEXTS.test(error.message))
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}
