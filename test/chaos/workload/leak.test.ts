import t from 'tap'
import { findLeak, findPrivateKey } from '../../../chaos/workload/leak.ts'
import { dependencyUnavailable, overloaded } from '../../../lib/errors.ts'
import { toProblem } from '../../../lib/problem.ts'

t.test('what the contract says is clean', async (t) => {
  const clean = [
    '',
    JSON.stringify(toProblem(dependencyUnavailable('postgres', 1000), '0199f3a2-7c1e-7b3a-9d55-2f4e6a8b0c1d')),
    JSON.stringify(toProblem(dependencyUnavailable('redis', 1000), 'abc.DEF_1-2')),
    JSON.stringify(toProblem(overloaded(1000), '1')),
    '{"title":"The email or the password is wrong","detail":"try again at 12:30"}',
  ]
  for (const text of clean) t.equal(findLeak(text), undefined, text)
})

t.test('what tells about the inside is found', async (t) => {
  const leaks: readonly (readonly [text: string, what: RegExp])[] = [
    ['connect to 10.1.2.3 failed', /an address: 10\.1\.2\.3/],
    ['connect to ::1:5432', /an address/],
    ['2001:db8::8a2e:370:7334', /an address/],
    ['localhost:6379', /an address: localhost:6379/],
    ['Error: no\n    at query (/srv/app/lib/db.ts:10:5)', /a stack/],
    ['{"stack":"Error: no\\n    at Pool.connect (pool.js:45:11)"}', /a stack/],
    ['at node:internal/process', /a stack/],
    ['see /srv/app/lib/db.ts', /a file: \/srv\/app\/lib\/db\.ts/],
    ['ECONNREFUSED', /a socket error: ECONNREFUSED/],
    ['getaddrinfo EAI_AGAIN', /a socket error/],
    ['socket hang up', /a socket error/],
    ['SELECT 1', /SQL: SELECT/],
    ['{"detail":"relation \\"users\\" does not exist"}', /SQL/],
    ['duplicate key value', /SQL/],
    ['pg: too many clients', /a driver: pg/],
    ['[ioredis] Unhandled', /a driver: ioredis/],
    ['MaxRetriesPerRequestError', /a driver/],
    ['NOSCRIPT No matching script', /Redis: NOSCRIPT/],
    ["OOM command not allowed when used memory > 'maxmemory'", /Redis: OOM command/],
  ]
  for (const [text, what] of leaks) t.match(findLeak(text), what, text)
})

t.test('a private member of a published key is found', async (t) => {
  t.equal(findPrivateKey([{ kty: 'RSA', kid: 'k', n: 'x', e: 'AQAB' }]), undefined)
  t.equal(
    findPrivateKey([
      { kty: 'EC', x: 'x' },
      { kty: 'EC', d: 'secret' },
    ]),
    'a private key: member d',
  )
  t.equal(findPrivateKey([{ kty: 'oct', k: 'secret' }]), 'a private key: member k')
  t.equal(findPrivateKey(undefined), undefined)
})
