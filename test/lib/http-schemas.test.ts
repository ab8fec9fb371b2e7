import t from 'tap'
import { CapabilitiesSchema, capabilitiesOf } from '../../lib/capabilities.ts'
import { checkerOf } from '../../lib/checker.ts'
import { body, optionalBody, ProblemSchema } from '../../lib/http-schemas.ts'
import Type from '../../lib/type.ts'

t.test('a body refuses members that it does not name', async (t) => {
  const check = checkerOf(body({ email: Type.String() }))
  t.ok(check({ email: 'a' }))
  t.notOk(check({ email: 'a', is_admin: true }))
  t.notOk(check({}))
  t.notOk(check(null))
})

t.test('an optional body may be null, but nothing else that is no object', async (t) => {
  const check = checkerOf(optionalBody({ reason: Type.Optional(Type.String()) }))
  t.ok(check(null))
  t.ok(check({}))
  t.ok(check({ reason: 'a leak' }))
  t.notOk(check({ reason: 1 }))
  t.notOk(check({ other: 'a' }))
  t.notOk(check('text'))
})

t.test('capabilities and problems are as their schemas say', async (t) => {
  const means = { postgres: true, writable: true, redis: false, signing: true, verifying: true }
  t.ok(checkerOf(CapabilitiesSchema)(capabilitiesOf(means)))
  const problem = checkerOf(ProblemSchema)
  const one = { type: 'about:blank', title: 'a', status: 503, detail: 'b', code: 'overloaded', request_id: 'c' }
  t.ok(problem({ ...one, dependency: 'redis' }))
  t.notOk(problem({ ...one, code: 'made_up' }))
})
