import t from 'tap'
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import { CapabilitiesSchema, capabilitiesOf } from '../../lib/capabilities.ts'
import { body, optionalBody, ProblemSchema } from '../../lib/http-schemas.ts'

t.test('a body refuses members that it does not name', async (t) => {
  const check = Compile(body({ email: Type.String() }))
  t.ok(check.Check({ email: 'a' }))
  t.notOk(check.Check({ email: 'a', is_admin: true }))
  t.notOk(check.Check({}))
  t.notOk(check.Check(null))
})

t.test('an optional body may be null, but nothing else that is no object', async (t) => {
  const check = Compile(optionalBody({ reason: Type.Optional(Type.String()) }))
  t.ok(check.Check(null))
  t.ok(check.Check({}))
  t.ok(check.Check({ reason: 'a leak' }))
  t.notOk(check.Check({ reason: 1 }))
  t.notOk(check.Check({ other: 'a' }))
  t.notOk(check.Check('text'))
})

t.test('capabilities and problems are as their schemas say', async (t) => {
  const means = { postgres: true, writable: true, redis: false, signing: true, verifying: true }
  t.ok(Compile(CapabilitiesSchema).Check(capabilitiesOf(means)))
  const problem = Compile(ProblemSchema)
  const one = { type: 'about:blank', title: 'a', status: 503, detail: 'b', code: 'overloaded', request_id: 'c' }
  t.ok(problem.Check({ ...one, dependency: 'redis' }))
  t.notOk(problem.Check({ ...one, code: 'made_up' }))
})
