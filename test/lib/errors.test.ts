import t from 'tap'
import {
  AppError,
  dependencyUnavailable,
  ERROR_CODES,
  type ErrorCode,
  invalidCredentials,
  invalidField,
  invalidToken,
  isUnavailable,
  overloaded,
  passwordRejected,
  tooManyAttempts,
} from '../../lib/errors.ts'

t.test('each code has the status of the contract', async (t) => {
  const contract: Record<ErrorCode, number> = {
    invalid_request: 400,
    password_rejected: 400,
    invalid_credentials: 401,
    invalid_token: 401,
    invalid_refresh_token: 401,
    refresh_token_reused: 401,
    admin_required: 401,
    account_disabled: 403,
    not_found: 404,
    method_not_allowed: 405,
    email_taken: 409,
    payload_too_large: 413,
    unsupported_media_type: 415,
    too_many_attempts: 429,
    internal_error: 500,
    dependency_unavailable: 503,
    overloaded: 503,
  }
  t.strictSame(Object.fromEntries(ERROR_CODES.map((code) => [code, new AppError(code).statusCode])), contract)
})

t.test('an error says its detail, or else its title', async (t) => {
  const bare = new AppError('not_found')
  t.match(bare, { name: 'AppError', code: 'not_found', message: bare.title, details: {} })
  t.notOk('cause' in bare)
  const cause = new Error('inside')
  const told = new AppError('not_found', { detail: 'no such session', cause })
  t.match(told, { message: 'no such session', title: bare.title, cause })
})

t.test('a wrong field is named', async (t) => {
  const errors = [{ field: 'email', detail: 'must be an email address' }]
  const details = { detail: 'email must be an email address', errors }
  t.match(invalidField('email', 'must be an email address'), { code: 'invalid_request', details })
  t.match(passwordRejected('email', 'must be an email address'), { code: 'password_rejected', details })
})

t.test('an outage is a 503 that names the dependency and hides the cause', async (t) => {
  const cause = new Error('connect ECONNREFUSED 10.0.0.1:5432')
  const error = dependencyUnavailable('postgres', 1500, cause)
  t.match(error, { statusCode: 503, cause, details: { dependency: 'postgres', retryAfterMs: 1500 } })
  t.notMatch(error.message, /ECONNREFUSED|10\.0\.0\.1/)
  t.ok(isUnavailable(error, 'postgres'))
  t.notOk(isUnavailable(error, 'redis'))
  t.notOk(isUnavailable(cause, 'postgres'))
  t.match(overloaded(250, 'postgres'), { code: 'overloaded', details: { dependency: 'postgres' } })
  t.match(overloaded(250), { statusCode: 503, details: { dependency: 'password-hashing', retryAfterMs: 250 } })
})

t.test('RFC 6750 section 3.1: no error word when no token was sent', async (t) => {
  const sent = invalidToken(true, 'expired')
  t.match(sent, { statusCode: 401, details: { reason: 'expired' } })
  t.equal(sent.details.headers?.['www-authenticate'], 'Bearer error="invalid_token"')
  const none = invalidToken(false)
  t.equal(none.details.headers?.['www-authenticate'], 'Bearer')
  t.notOk('reason' in none.details)
})

t.test('an unknown email and a wrong password look the same to a client', async (t) => {
  const [unknown, wrong] = [invalidCredentials('unknown email'), invalidCredentials('wrong password')]
  t.equal(unknown.message, wrong.message)
  t.not(unknown.details.reason, wrong.details.reason)
})

t.test('a spent budget tells when it is whole again', async (t) => {
  const spent = { policy: 'account', max: 10, windowMs: 900_000, resetMs: 1234 }
  t.match(tooManyAttempts(spent), {
    statusCode: 429,
    message: 'more than 10 attempts in 900 seconds',
    details: { spent, retryAfterMs: 1234 },
  })
})
