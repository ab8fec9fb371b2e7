/** What a request can need and not get; the `dependency` member of a 503. */
export type Dependency = 'postgres' | 'redis' | 'signing-keys' | 'password-hashing'

const CODES = {
  invalid_request: [400, 'The request is not valid'],
  password_rejected: [400, 'The password is not acceptable'],
  invalid_credentials: [401, 'The email or the password is wrong'],
  invalid_token: [401, 'The access token is missing or not valid'],
  invalid_refresh_token: [401, 'The refresh token is not valid'],
  refresh_token_reused: [401, 'The refresh token was used before'],
  admin_required: [401, 'The admin key is required'],
  account_disabled: [403, 'The account is disabled'],
  not_found: [404, 'There is nothing here'],
  method_not_allowed: [405, 'The method is not allowed here'],
  email_taken: [409, 'The email is already registered'],
  payload_too_large: [413, 'The request body is too large'],
  unsupported_media_type: [415, 'The content type is not supported'],
  too_many_attempts: [429, 'Too many attempts'],
  internal_error: [500, 'Something went wrong'],
  dependency_unavailable: [503, 'A dependency is unavailable'],
  overloaded: [503, 'The server is overloaded'],
} as const satisfies Record<string, readonly [status: number, title: string]>

/** The stable machine words of the HTTP contract. */
export type ErrorCode = keyof typeof CODES

export const ERROR_CODES = Object.keys(CODES) as ErrorCode[]

/** One thing that is wrong with one field of a request. `field` is a dotted path, `''` the whole. */
export interface FieldError {
  readonly field: string
  readonly detail: string
}

/** What a 429 tells in its RateLimit fields. `windowMs` and `resetMs` are milliseconds. */
export interface SpentBudget {
  readonly policy: string
  readonly max: number
  readonly windowMs: number
  readonly resetMs: number
}

interface Details {
  readonly detail?: string
  readonly errors?: readonly FieldError[]
  readonly dependency?: Dependency
  readonly retryAfterMs?: number
  readonly spent?: SpentBudget
  readonly headers?: Readonly<Record<string, string>>
  /** Whom it is about, for the log and the audit log alone. */
  readonly who?: { readonly userId: string; readonly sessionId?: string }
  /** Why, for the log alone. */
  readonly reason?: string
  readonly cause?: unknown
}

/** Every error that reaches a client on purpose: a code of the contract and what belongs to it. */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly statusCode: number
  readonly title: string
  readonly details: Details

  constructor(code: ErrorCode, details: Details = {}) {
    const [statusCode, title] = CODES[code]
    super(details.detail ?? title, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'AppError'
    this.code = code
    this.statusCode = statusCode
    this.title = title
    this.details = details
  }
}

/** 400 that names one field. */
export function invalidField(field: string, detail: string): AppError {
  return new AppError('invalid_request', { detail: `${field} ${detail}`, errors: [{ field, detail }] })
}

/** 400 that names the password field and what to do about it. */
export function passwordRejected(field: string, detail: string): AppError {
  return new AppError('password_rejected', { detail: `${field} ${detail}`, errors: [{ field, detail }] })
}

/** True when that dependency could not answer; not when it was not asked because there was too much to do. */
export function isUnavailable(error: unknown, dependency: Dependency): boolean {
  if (!(error instanceof AppError) || error.code !== 'dependency_unavailable') return false
  return error.details.dependency === dependency
}

/**
 * 503: the answer could not be found out. Never a verdict.
 *
 * @param retryAfterMs until the next attempt has a chance, in milliseconds
 * @param cause what really happened; logged, never sent
 */
export function dependencyUnavailable(dependency: Dependency, retryAfterMs: number, cause?: unknown): AppError {
  return new AppError('dependency_unavailable', {
    detail: `${dependency} is unavailable; nothing was decided, try again later`,
    dependency,
    retryAfterMs,
    cause,
  })
}

/** 503: shed at once because there is more work than can be done. */
export function overloaded(retryAfterMs: number, dependency: Dependency = 'password-hashing'): AppError {
  return new AppError('overloaded', {
    detail: 'there is more work than this instance can do now, try again later',
    dependency,
    retryAfterMs,
  })
}

/** 401 for a bearer token. `presented` false: none was sent, which RFC 6750 section 3.1 answers without an error word. */
export function invalidToken(presented: boolean, reason?: string): AppError {
  return new AppError('invalid_token', {
    detail: presented ? 'the access token is not valid' : 'an access token is required',
    headers: { 'www-authenticate': presented ? 'Bearer error="invalid_token"' : 'Bearer' },
    ...(reason === undefined ? {} : { reason }),
  })
}

/** 401 for an email and a password that do not belong together; the same for an unknown email. */
export function invalidCredentials(reason: string, userId?: string): AppError {
  const detail = 'the email or the password is wrong'
  return new AppError('invalid_credentials', { detail, reason, ...(userId !== undefined && { who: { userId } }) })
}

/** 403, and only after a correct password. */
export function accountDisabled(userId: string): AppError {
  return new AppError('account_disabled', { detail: 'the account is disabled', who: { userId } })
}

/** 429 for a spent budget. */
export function tooManyAttempts(spent: SpentBudget): AppError {
  return new AppError('too_many_attempts', {
    detail: `more than ${spent.max} attempts in ${Math.ceil(spent.windowMs / 1000)} seconds`,
    spent,
    retryAfterMs: spent.resetMs,
  })
}
