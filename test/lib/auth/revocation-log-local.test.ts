import t from 'tap'
import { names, newLog } from '../../fixtures/revocations.ts'

t.test('an event that only this instance has: told here, and again after its cursor elsewhere', async (t) => {
  const { log, revoked, id } = newLog()
  const elsewhere = newLog().log
  for (const each of [log, elsewhere]) each.append(id(0), revoked('a'))
  log.appendLocal(revoked('local'))
  t.equal(log.isRevoked('local'), true)
  t.equal(log.position, id(0), 'the shared stream has not moved')
  const { cursor, entries } = log.since(id(0))
  t.strictSame(names(entries), ['local'])
  t.strictSame(names(log.since(cursor).entries), [])
  t.equal(elsewhere.since(cursor).reset, true)
  log.append(id(1), revoked('b'))
  t.strictSame(names(log.since(cursor).entries), ['b'])
  log.appendLocal(revoked('local 2'))
  t.strictSame(names(log.since(cursor).entries), ['b', 'local 2'])
  t.ok(names(log.since(id(1)).entries).includes('local 2'))
  t.ok(names(log.since(id(0, 1)).entries).includes('local 2'), 'also for a cursor that is none of the events')
})

t.test('a local event stands where the stream was, give or take what other instances are ahead', async (t) => {
  const { clock, log, revoked, id } = newLog()
  log.append(id(0), revoked('a'))
  log.appendLocal(revoked('local'))
  clock.advance(60_000)
  log.advance(clock.now())
  t.ok(names(log.since(id(5000)).entries).includes('local'), 'a cursor of an instance that was 5 s ahead')
  t.notOk(names(log.since(id(5001)).entries).includes('local'))
  t.strictSame(names(log.since(id(59_998)).entries), [], 'not again and again')
})

t.test('a session that is refused before its event has come', async (t) => {
  const { clock, log, revoked, id } = newLog()
  const heard: unknown[] = []
  log.subscribe((entry) => heard.push(entry))
  log.mark('a', clock.now() + 1000)
  t.equal(log.isRevoked('a'), true)
  t.strictSame([...log.revokedSessions()], [['a', clock.now() + 1000]])
  t.strictSame([log.since(undefined).entries, heard], [[], []], 'nobody is told twice')
  log.append(id(0), revoked('a'))
  t.strictSame(names(log.since(undefined).entries), ['a'])
  log.mark('b', clock.now() + 1000)
  clock.advance(1000)
  t.equal(log.isRevoked('b'), false)
  log.advance(clock.now())
  t.equal(log.size, 1, 'b is forgotten when its time is over')
})

t.test('who subscribes hears of each new event, until it stops', async (t) => {
  const { log, revoked, changed, id } = newLog()
  log.append(id(0), revoked('before'))
  const heard: string[] = []
  const stops = [1, 2].map((who) =>
    log.subscribe(({ cursor, event }) => heard.push(`${who} ${cursor} ${names([{ event }])}`)),
  )
  t.equal(log.subscribers, 2)
  log.append(id(1), revoked('a'))
  stops[0]?.()
  stops[0]?.()
  t.equal(log.subscribers, 1)
  log.appendLocal(changed(2))
  log.append(id(2), revoked('too late', 0))
  stops[1]?.()
  log.append(id(3), revoked('b'))
  t.strictSame(heard, [`1 ${id(1)} a`, `2 ${id(1)} a`, `2 ${id(1)}+1 keys 2`])
  t.equal(log.subscribers, 0)
})
