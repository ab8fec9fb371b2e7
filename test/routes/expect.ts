import type { Test } from 'tap'
import type { ErrorCode } from '../../lib/errors.ts'
import type { Answer } from '../fixtures/app.ts'

export const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
/** RFC 3339 in UTC. */
export const UTC_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/
export const JSON_TYPE = /^application\/json(; charset=utf-8)?$/

const MEMBERS = ['code', 'dependency', 'detail', 'errors', 'request_id', 'status', 'title', 'type']

export interface ExpectedProblem {
  readonly status: number
  readonly code: ErrorCode
  /** The field that `errors[]` must name. */
  readonly field?: string
  readonly dependency?: string
}

/** Fails unless the answer is the expected RFC 9457 problem with exactly the members of the contract. */
export function isProblem(t: Test, answer: Answer, expected: ExpectedProblem, name: string = expected.code): void {
  const { status, headers, body } = answer
  const { field, dependency, code } = expected
  const fields = body.errors?.map((error: { field: string }) => error.field) ?? []
  t.strictSame(
    {
      status,
      contentType: headers.get('content-type'),
      cacheControl: headers.get('cache-control'),
      inBody: { status: body.status, code: body.code, dependency: body.dependency, requestId: body.request_id },
      type: body.type,
      texts: [typeof body.title, typeof body.detail],
      unknownMembers: Object.keys(body).filter((member) => !MEMBERS.includes(member)),
      field: field !== undefined && fields.includes(field) ? field : fields[0],
    },
    {
      status: expected.status,
      contentType: 'application/problem+json; charset=utf-8',
      cacheControl: 'no-store',
      inBody: { status: expected.status, code, dependency, requestId: headers.get('x-request-id') },
      type: `urn:tokenforge:error:${code}`,
      texts: ['string', 'string'],
      unknownMembers: [],
      field,
    },
    name,
    { body },
  )
}

/** Fails unless the answer is a 401 of a bearer route, with the challenge of RFC 6750 section 3. */
export function isInvalidToken(t: Test, answer: Answer, name: string, { presented = true } = {}): void {
  isProblem(t, answer, { status: 401, code: 'invalid_token' }, name)
  t.equal(answer.headers.get('www-authenticate'), presented ? 'Bearer error="invalid_token"' : 'Bearer', name)
}

/** The 429 of the contract, with the fields of the IETF RateLimit draft. */
export function isTooMany(t: Test, answer: Answer, policy: string, max: number, windowS: number): void {
  isProblem(t, answer, { status: 429, code: 'too_many_attempts' })
  const header = (name: string) => answer.headers.get(name) ?? ''
  t.equal(header('ratelimit-policy'), `"${policy}";q=${max};w=${windowS}`)
  const [, reset] = new RegExp(`^"${policy}";r=0;t=(\\d+)$`).exec(header('ratelimit')) ?? []
  const [, retryAfter] = /^(\d+)$/.exec(header('retry-after')) ?? []
  t.ok(Number(reset) >= 1 && Number(reset) <= windowS, `the window ends in ${reset} s`)
  t.ok(Number(retryAfter) >= Number(reset) && Number(retryAfter) <= windowS, 'and that is when to come again')
}
