import t from 'tap'
import { checkerOf } from '../../lib/checker.ts'
import { AppError, dependencyUnavailable, invalidField, invalidToken, tooManyAttempts } from '../../lib/errors.ts'
import { ProblemSchema } from '../../lib/http-schemas.ts'
import { problemHeaders, toProblem } from '../../lib/problem.ts'

const check = checkerOf(ProblemSchema)

t.test('an error as RFC 9457 problem details, and nothing of why it happened', async (t) => {
  const error = dependencyUnavailable('postgres', 1500, new Error('connect ECONNREFUSED 10.0.0.1:5432'))
  const problem = toProblem(error, 'req-1')
  t.strictSame(problem, {
    type: 'urn:tokenforge:error:dependency_unavailable',
    title: 'A dependency is unavailable',
    status: 503,
    detail: error.message,
    code: 'dependency_unavailable',
    request_id: 'req-1',
    dependency: 'postgres',
  })
  t.ok(check(problem))
  t.notMatch(JSON.stringify(toProblem(invalidToken(true, 'REASON'), 'r')), 'REASON')
})

t.test('wrong fields are named', async (t) => {
  const problem = toProblem(invalidField('email', 'must be an email address'), 'r')
  t.strictSame(problem.errors, [{ field: 'email', detail: 'must be an email address' }])
  t.ok(check(problem))
})

t.test('the status can be another one, for what the HTTP parser refuses', async (t) => {
  t.equal(toProblem(new AppError('invalid_request'), 'r', 431).status, 431)
})

t.test('Retry-After is in whole seconds, rounded up, one at least', async (t) => {
  for (const [ms, seconds] of [
    [0, '1'],
    [1, '1'],
    [1000, '1'],
    [1001, '2'],
    [30_000, '30'],
  ] as const) {
    t.strictSame(problemHeaders(dependencyUnavailable('redis', ms)), { 'retry-after': seconds })
  }
})

t.test('a spent budget has the RateLimit fields too', async (t) => {
  const error = tooManyAttempts({ policy: 'account', max: 10, windowMs: 900_000, resetMs: 1500 })
  t.strictSame(problemHeaders(error), {
    'retry-after': '2',
    'ratelimit-policy': '"account";q=10;w=900',
    ratelimit: '"account";r=0;t=2',
  })
})

t.test('a challenge goes along, and where there is nothing to say nothing is said', async (t) => {
  t.strictSame(problemHeaders(invalidToken(false)), { 'www-authenticate': 'Bearer' })
  t.strictSame(problemHeaders(new AppError('not_found')), {})
})
