import { ERROR_CODES } from '../../lib/errors.ts'
import type { Answer } from '../fixtures/app.ts'
import type { Operation } from './operations.ts'

const PROBLEM = 'application/problem+json; charset=utf-8'

/**
 * What is wrong with an answer whatever was asked: a 5xx, a problem that is none by RFC 9457 and the contract, a success of
 * a type that is not documented.
 *
 * @throws an error that says so
 */
export function expectFit({ status, headers, body }: Answer, operation?: Operation): void {
  const expect = (holds: unknown, what: string) => {
    if (!holds)
      throw new Error(`${what}: ${status} ${headers.get('content-type')} ${JSON.stringify(body).slice(0, 300)}`)
  }
  expect(status >= 200 && status < 500, 'a status of the server')
  expect(headers.get('x-content-type-options') === 'nosniff' || body.detail === 'the path is not valid', 'no nosniff')
  const id = headers.get('x-request-id')
  expect(/^[A-Za-z0-9._-]{1,64}$/.test(id ?? ''), `request id ${id}`)
  if (status < 400) {
    const type = headers.get('content-type')?.split(';')[0]
    const known = [
      ...(operation?.answers ?? []),
      'text/plain',
      'text/html',
      'application/jwk-set+json',
      'application/json',
    ]
    expect(type === undefined ? body === '' : known.includes(type), 'a type that is not documented')
    return
  }
  expect(headers.get('content-type') === PROBLEM, 'no problem')
  expect(headers.get('cache-control') === 'no-store', 'may be stored')
  expect(body.status === status && ERROR_CODES.includes(body.code), 'not the code of a problem')
  expect(body.type === `urn:tokenforge:error:${body.code}` && body.request_id === id, 'not the members of a problem')
  expect(typeof body.title === 'string' && typeof body.detail === 'string', 'no texts')
  expect(!/\bat [^ ]+:\d+:\d+|node_modules|SELECT|redis|127\.0\.0\.1/.test(JSON.stringify(body)), 'tells of the inside')
  if (status === 401) expect(/^Bearer/.test(headers.get('www-authenticate') ?? ''), 'no challenge')
  if (status === 405) expect(headers.get('allow'), 'no Allow')
}
