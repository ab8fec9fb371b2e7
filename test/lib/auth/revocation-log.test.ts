import t from 'tap'
import { newId } from '../../../lib/auth/ids.ts'
import { names, newLog, RETENTION } from '../../fixtures/revocations.ts'

t.test('a session is revoked from its event on, until its last access token has expired', async (t) => {
  const { clock, log, revoked, id } = newLog()
  t.equal(log.isRevoked('a'), false)
  log.append(id(0), revoked('a', 1000))
  t.equal(log.isRevoked('a'), true)
  t.equal(log.isRevoked('b'), false)
  clock.advance(999)
  t.equal(log.isRevoked('a'), true)
  clock.advance(1)
  t.equal(log.isRevoked('a'), false)
  t.strictSame([...log.revokedSessions()], [])
  t.equal(log.size, 0)
})

t.test('an event that came too late to matter is not kept, but has been seen', async (t) => {
  const { log, revoked, id } = newLog()
  log.append(id(0), revoked('a', 0))
  t.equal(log.size, 0)
  t.strictSame(log.since(undefined), { cursor: id(0), entries: [], reset: false })
  t.equal(log.position, id(0))
})

t.test('without a cursor: everything that matters now', async (t) => {
  const { log, revoked, changed, id } = newLog()
  t.strictSame(log.since(undefined), { cursor: '0-0', entries: [], reset: false })
  log.append(id(0), revoked('a'))
  log.append(id(0, 1), changed(2))
  log.append(id(5), revoked('b'))
  const page = log.since(undefined)
  t.strictSame(names(page.entries), ['a', 'keys 2', 'b'])
  t.match(page, { cursor: id(5), reset: false })
})

t.test('with a cursor: what came after it', async (t) => {
  const { clock, log, revoked, id } = newLog()
  for (const [i, name] of ['a', 'b', 'c'].entries()) log.append(id(i), revoked(name))
  t.strictSame(names(log.since(id(0)).entries), ['b', 'c'])
  t.strictSame(names(log.since(id(1)).entries), ['c'])
  t.match(log.since(id(2)), { entries: [], cursor: id(2), reset: false })
  clock.advance(1000)
  log.advance(clock.now())
  t.equal(log.position, id(999))
  const cursor = log.since(id(2)).cursor
  t.equal(cursor, id(999), 'the cursor moves on when nothing happens')
  log.append(id(1000), revoked('d'))
  t.match(names(log.since(cursor).entries), ['d'])
  t.strictSame(names(log.since(id(1, 5)).entries), ['c', 'd'], 'a cursor between two events')
})

t.test('events of one millisecond are told apart by their sequence', async (t) => {
  const { log, revoked, id } = newLog()
  for (let i = 0; i < 12; i++) log.append(id(0, i), revoked(`s${i}`))
  t.strictSame(names(log.since(id(0, 9)).entries), ['s10', 's11'])
})

t.test('a cursor that is unknown or too old: the whole set, and it says so', async (t) => {
  const { clock, log, revoked, id } = newLog()
  log.append(id(0), revoked('a'))
  for (const cursor of [
    '',
    'x',
    '1',
    '0-0',
    id(-RETENTION - 1),
    id(1),
    id(0, 1),
    `${id(0)}+7`,
    `${id(0)}x`,
    '9'.repeat(40),
  ]) {
    t.match(log.since(cursor), { reset: true, cursor: id(0) }, JSON.stringify(cursor))
    t.strictSame(names(log.since(cursor).entries), ['a'])
  }
  clock.advance(RETENTION)
  log.advance(clock.now())
  t.equal(log.since(id(10)).reset, false)
  clock.advance(11)
  t.equal(log.since(id(10)).reset, true, 'older than what is kept')
})

t.test('of the key changes the last one alone is kept', async (t) => {
  const { clock, log, revoked, changed, id } = newLog()
  log.append(id(0), changed(2))
  log.append(id(1), revoked('a', 10))
  log.append(id(2), changed(3))
  t.strictSame(names(log.since(undefined).entries), ['a', 'keys 3'])
  clock.advance(RETENTION * 10)
  t.strictSame(names(log.since(undefined).entries), ['keys 3'], 'and for as long as it takes')
})

t.test('the position never goes back by the clock', async (t) => {
  const { clock, log, revoked, id } = newLog()
  log.append(id(10), revoked('a'))
  log.advance(clock.now())
  t.equal(log.position, id(10))
})

t.test('the memory that it takes ends with the tokens', async (t) => {
  const { clock, log, revoked, id } = newLog()
  for (let i = 0; i < 1000; i++) log.append(id(i), revoked(`s${i}`, 1000 + i))
  t.equal(log.size, 1000)
  clock.advance(1500)
  log.advance(clock.now())
  t.equal(log.size, 499)
  t.equal(log.since(undefined).entries.length, 499)
  clock.advance(1000)
  t.equal(log.revokedSessions().size, 0)
})

t.test('all sessions of a user up to a time are refused, until their ids are known', async (t) => {
  const { clock, log } = newLog()
  const now = clock.now()
  const [early, kept, late] = [newId(now - 1), newId(now - 2), newId(now + 1)]
  log.markUser('kim', now, kept)
  t.equal(log.isRevoked(early, 'kim'), true)
  t.equal(log.isRevoked(early, 'sam'), false)
  t.equal(log.isRevoked(early), false)
  t.equal(log.isRevoked(kept, 'kim'), false)
  t.equal(log.isRevoked(late, 'kim'), false)
  clock.advance(RETENTION - 1)
  log.advance(clock.now())
  t.equal(log.isRevoked(early, 'kim'), true)
  clock.advance(1)
  t.equal(log.isRevoked(early, 'kim'), false, 'no token of it can be valid any more')
  log.advance(clock.now())
  log.markUser('kim', now, null)
  t.equal(log.isRevoked(kept, 'kim'), true)
  log.unmarkUser('kim')
  t.equal(log.isRevoked(kept, 'kim'), false)
})
