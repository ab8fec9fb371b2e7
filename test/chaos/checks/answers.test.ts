import t from 'tap'
import {
  allSucceed,
  answersDuring,
  bounded,
  no500,
  noLeak,
  refusalsSayWhen,
  refusedAtOnce,
} from '../../../chaos/checks/index.ts'
import { isBad, isGood, Past } from './past.ts'

const problem = { code: 'dependency_unavailable', dependency: 'postgres', retryAfter: 2 }

t.test('bounded', async (t) => {
  const limit = bounded({ deadlineMs: 5000, marginMs: 500 })
  isGood(t, limit, new Past(), 0, 'nothing')
  isGood(t, limit, new Past().call(0, 'login', '503', { ms: 5400 }), 1, 'in time')
  isBad(t, limit, new Past().call(0, 'login', '503', { ms: 5600 }), [/login on auth-1: 503 after 5600 ms/], 'late')
  isBad(t, limit, new Past().call(0, 'login', 'NO_ANSWER', { ms: 15_000 }), [/NO_ANSWER.* after 15000 ms/], 'hung')
  isBad(
    t,
    limit,
    new Past().call(0, 'me', 'never').add(9000, { type: 'phase', phase: 'end' }),
    [/never answered/],
    'hangs',
  )
  isGood(t, limit, new Past().call(0, 'me', 'never').add(900, { type: 'phase', phase: 'end' }), 0, 'has still time')
  isBad(
    t,
    limit,
    new Past().call(3000, 'me', '200', { due: 0, ms: 6000 }),
    [/after 6000 ms/],
    'counted from when it was due',
  )
  const frozen = new Past().fault(10, 9000, 'auth-1', 'frozen').call(100, 'me', '200', { ms: 8950 })
  isGood(t, limit, frozen, 0, 'the instance itself was frozen')
  isBad(
    t,
    limit,
    new Past().fault(0, 9000, 'redis').call(100, 'me', '200', { ms: 8950 }),
    [/8950 ms/],
    'a dependency was',
  )
})

t.test('no-500', async (t) => {
  isGood(t, no500(), new Past(), 0, 'nothing')
  isGood(t, no500(), new Past().call(0, 'me', 'ECONNRESET'), 0, 'no answer')
  isGood(t, no500(), new Past().call(0, 'me', '200').call(0, 'login', '503').call(0, 'refresh', '401 x'), 3, 'no 500')
  isBad(t, no500(), new Past().call(0, 'login', '500 internal_error'), [/login on auth-1: 500 internal_error/], 'a 500')
  isBad(t, no500(), new Past().call(0, 'login', '502'), [/502/], 'a 502')
  const odd = new Past().call(0, 'login', '200', {}, { type: 'info', error: 'not the answer of the contract' })
  isBad(t, no500(), odd, [/not the answer of the contract/], 'a 200 that is none')
})

t.test('no-leak', async (t) => {
  isGood(t, noLeak(), new Past().call(0, 'me', '200'), 0, 'no error')
  isGood(t, noLeak(), new Past().call(0, 'me', '503').call(0, 'refresh', '401 x').call(0, 'jwks', '200'), 3, 'clean')
  isBad(
    t,
    noLeak(),
    new Past().call(0, 'login', '503', {}, { leak: 'an address: 10.0.0.1' }),
    [/login on auth-1: 503 tells an address: 10.0.0.1/],
    'an address',
  )
  isBad(
    t,
    noLeak(),
    new Past().call(0, 'jwks', '200', {}, { leak: 'a private key: member d' }),
    [/member d/],
    'a private key',
  )
})

t.test('refusals-say-when', async (t) => {
  isGood(t, refusalsSayWhen(), new Past().call(0, 'login', '401 x'), 0, 'no 503')
  isGood(t, refusalsSayWhen(), new Past().call(0, 'login', '503', {}, problem), 1, 'as the contract says')
  isBad(t, refusalsSayWhen(), new Past().call(0, 'login', '503'), [/without code, dependency, Retry-After/], 'nothing')
  isBad(
    t,
    refusalsSayWhen(),
    new Past().call(0, 'login', '503', {}, { ...problem, retryAfter: 0 }),
    [/Retry-After/],
    'zero',
  )
})

t.test('answers-during', async (t) => {
  const matrix = answersDuring({ targets: ['postgres'], expected: { login: [503], refresh: [200], verify: [200] } })
  const away = () => new Past().fault(0, 1000, 'postgres')
  isGood(t, matrix, new Past(), 0, 'nothing')
  isGood(
    t,
    matrix,
    away().call(100, 'login', '503').call(100, 'refresh', '200').call(100, 'jwks', '503'),
    2,
    'as it says',
  )
  isBad(t, matrix, away().call(100, 'login', '200'), [/login on auth-1: 200; 503 expected/], 'a login that went well')
  isBad(t, matrix, away().call(100, 'refresh', 'ECONNRESET'), [/ECONNRESET.*200 expected/], 'no answer at all')
  isGood(
    t,
    matrix,
    away().call(5, 'login', '200').call(985, 'login', '200').call(2000, 'login', '200'),
    0,
    'at the edges',
  )
  isGood(t, matrix, away().call(100, 'login', '429 too_many_attempts'), 0, 'a spent budget')
  const both = answersDuring({ targets: ['postgres', 'redis'], expected: { refresh: [503] } })
  t.equal(both.name, 'answers-during-postgres-and-redis')
  isGood(t, both, away().call(100, 'refresh', '200'), 0, 'only one of them is away')
  isBad(t, both, away().fault(50, 900, 'redis').call(100, 'refresh', '200'), [/503 expected/], 'both are')
  const settled = answersDuring({ targets: ['postgres'], expected: { login: [503] }, settleMs: 200 })
  isGood(t, settled, away().call(100, 'login', '200').call(250, 'login', '503'), 1, 'once it has settled')
})

t.test('all-succeed', async (t) => {
  isGood(t, allSucceed(), new Past(), 0, 'nothing')
  isGood(
    t,
    allSucceed(),
    new Past().call(0, 'me', '200').call(0, 'guess', '401 x').call(0, 'login', '429 x'),
    1,
    'they do',
  )
  isBad(t, allSucceed(), new Past().call(0, 'me', 'ECONNREFUSED'), [/ECONNREFUSED/], 'one does not')
  isBad(t, allSucceed(), new Past().call(0, 'me', 'never'), [/never answered/], 'one has no end')
  const left = new Past().login(0, 'ada', 's').logout(50, 's').refresh(100, 's', 1, '401 invalid_refresh_token')
  isGood(t, allSucceed(), left.verify(100, 's', 1, '401 invalid_token'), 2, 'what must be refused is no failure')
  isBad(
    t,
    allSucceed(),
    new Past().login(0, 'ada', 's').verify(100, 's', 1, '401 invalid_token'),
    [/401/],
    'for no cause',
  )
  isBad(t, allSucceed(), new Past().call(0, 'login', '401 invalid_credentials'), [/login/], 'a login')
  const some = allSucceed({ operations: ['me'], from: () => 100 })
  isGood(
    t,
    some,
    new Past().call(0, 'me', '503').call(200, 'login', '503').call(200, 'me', '200'),
    1,
    'those that are meant',
  )
})

t.test('refused-at-once', async (t) => {
  const once = refusedAtOnce({ withinMs: 50 })
  const open = () => new Past().breaker(0, 'closed').breaker(1000, 'open').breaker(9000, 'half_open')
  isGood(t, once, new Past(), 0, 'nothing')
  isGood(t, once, open().call(2000, 'login', '503', { ms: 5 }, problem), 1, 'at once')
  isBad(t, once, open().call(2000, 'login', '503', { ms: 500 }, problem), [/took 500 ms/], 'slowly')
  const busy = () => open().call(1950, 'verify', '200', { ms: 480 })
  isGood(t, once, busy().call(2000, 'login', '503', { ms: 500 }, problem), 1, 'all are kept waiting')
  isBad(t, once, busy().call(2500, 'login', '503', { ms: 500 }, problem), [/took 500 ms, 50 ms/], 'no more, and still')
  isGood(t, once, open().call(900, 'login', '503', { ms: 500 }, problem), 0, 'it was what opened it')
  isGood(t, once, open().call(8800, 'login', '503', { ms: 500 }, problem), 0, 'it was the trial')
  isGood(t, once, open().call(2000, 'login', '503', { ms: 500 }, { ...problem, dependency: 'redis' }), 0, 'another one')
})
