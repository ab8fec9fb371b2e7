import type { AppError, Dependency, ErrorCode, FieldError, SpentBudget } from './errors.ts'

const MIN_RETRY_AFTER_S = 1

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'

/** RFC 9457 problem details with the members of the HTTP contract. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: ErrorCode
  readonly request_id: string
  readonly dependency?: Dependency
  readonly errors?: readonly FieldError[]
}

/** What a client may see of an error. `status` differs from the code's own for what the HTTP parser refuses. */
export function toProblem(error: AppError, requestId: string, status = error.statusCode): Problem {
  const { code, title, details } = error
  const { dependency, errors } = details
  return {
    type: `urn:tokenforge:error:${code}`,
    title,
    status,
    detail: error.message,
    code,
    request_id: requestId,
    ...(dependency && { dependency }),
    ...(errors && { errors }),
  }
}

/**
 * The header fields that belong to an error: `Retry-After` in whole seconds, the RateLimit fields, challenges, `Allow`.
 * Every 401 has a challenge (RFC 9110 section 15.5.2).
 */
export function problemHeaders({ statusCode, details }: AppError): Record<string, string> {
  const { headers, retryAfterMs, spent } = details
  return {
    ...(statusCode === 401 && { 'www-authenticate': 'Bearer' }),
    ...headers,
    ...(retryAfterMs !== undefined && { 'retry-after': String(retryAfterSeconds(retryAfterMs)) }),
    ...(spent && rateLimitHeaders(spent)),
  }
}

function retryAfterSeconds(ms: number): number {
  return Math.max(MIN_RETRY_AFTER_S, Math.ceil(ms / 1000))
}

/** The RateLimit fields of the IETF HTTPAPI draft, as structured fields. */
function rateLimitHeaders({ policy, max, windowMs, resetMs }: SpentBudget): Record<string, string> {
  return {
    'ratelimit-policy': `"${policy}";q=${max};w=${Math.ceil(windowMs / 1000)}`,
    ratelimit: `"${policy}";r=0;t=${retryAfterSeconds(resetMs)}`,
  }
}
