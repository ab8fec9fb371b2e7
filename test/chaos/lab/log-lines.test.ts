import t from 'tap'
import { readLogLine } from '../../../chaos/lab/log-lines.ts'

const read = (entry: unknown) => readLogLine('auth-1', typeof entry === 'string' ? entry : JSON.stringify(entry))

t.test('the change of a breaker', async (t) => {
  const open = { level: 40, dependency: 'postgres', state: 'open', reason: '57P01', msg: 'postgres: breaker is open' }
  const event = { type: 'breaker', instance: 'auth-1', dependency: 'postgres', state: 'open', reason: '57P01' }
  t.same(read(open), event)
  const closed = { level: 30, dependency: 'redis', state: 'closed', msg: 'redis: breaker is closed' }
  t.same(read(closed), { type: 'breaker', instance: 'auth-1', dependency: 'redis', state: 'closed' })
  t.equal(read({ ...closed, dependency: 'signing-keys', msg: 'signing-keys: breaker is closed' }), undefined)
})

t.test('what must not be: an error, or anything that is no JSON', async (t) => {
  for (const level of [50, 60]) t.match(read({ level, msg: 'no' }), { type: 'log', instance: 'auth-1', text: '"no"' })
  t.same(read('Error: out of nowhere'), { type: 'log', instance: 'auth-1', text: 'Error: out of nowhere' })
  t.match(read('7'), { type: 'log' })
  t.equal(read({ level: 40, msg: 'a warning' }), undefined)
})
