import t from 'tap'
import { breakerCloses, breakerOrder, noIoWhileOpen, oneTrial } from '../../../chaos/checks/index.ts'
import { isBad, isGood, Past } from './past.ts'

const HALF_OPEN_AFTER_MS = 10_000
/** Postgres' breaker opens at 1 s, tries in vain at 11 s, and again at 22 s. */
const cycle = () =>
  new Past()
    .breaker(0, 'closed')
    .breaker(1000, 'open')
    .breaker(11_000, 'half_open')
    .breaker(12_000, 'open')
    .breaker(22_000, 'half_open')
    .breaker(23_000, 'closed')

t.test('breaker-order', async (t) => {
  const order = breakerOrder({ halfOpenAfterMs: HALF_OPEN_AFTER_MS, lateMs: 50 })
  isGood(t, order, new Past(), 0, 'nothing')
  isGood(t, order, new Past().breaker(0, 'closed'), 0, 'it was closed all the time')
  isGood(t, order, cycle(), 5, 'a whole cycle with a failed trial')
  isGood(t, order, cycle().breaker(23_000, 'closed'), 5, 'the same state told twice')
  isGood(t, order, new Past().breaker(0, 'connecting').breaker(5, 'closed'), 1, 'a start')
  isBad(
    t,
    order,
    new Past().breaker(0, 'open').breaker(5, 'closed'),
    [/postgres on auth-1 went from open to closed/],
    'no trial',
  )
  isBad(t, order, new Past().breaker(0, 'closed').breaker(5, 'half_open'), [/from closed to half_open/], 'never opened')
  isBad(t, order, new Past().breaker(0, 'connecting').breaker(5, 'open'), [/from connecting to open/], 'opened unseen')
  isBad(t, order, new Past().breaker(0, 'open').breaker(9000, 'half_open'), [/half-opened after 9000 ms/], 'too early')
  isGood(t, order, new Past().breaker(0, 'open').breaker(9960, 'half_open'), 1, 'the line that tells may be late')
  isBad(t, order, new Past().breaker(0, 'open').breaker(13_500, 'half_open'), [/only after 13500 ms/], 'too late')
  isGood(t, breakerOrder(), new Past().breaker(0, 'open').breaker(90_000, 'half_open'), 1, 'the order alone')
})

t.test('breaker-order: each dependency has its own, and a start begins anew', async (t) => {
  const order = breakerOrder()
  const both = cycle().breaker(500, 'closed', 'redis').breaker(1500, 'open', 'redis')
  isGood(t, order, both, 6, 'two dependencies')
  const killed = new Past()
    .breaker(0, 'open')
    .process(100, 'exited', { wanted: true })
    .process(200, 'started', { pid: 2 })
  isGood(t, order, killed.breaker(300, 'connecting').breaker(400, 'closed'), 1, 'open, killed, closed')
  isBad(
    t,
    order,
    new Past().process(0, 'started').breaker(300, 'open'),
    [/was open right after a start/],
    'open at the start',
  )
})

t.test('breaker-closes', async (t) => {
  const closes = breakerCloses()
  isGood(t, closes, new Past(), 0, 'nothing')
  isGood(t, closes, new Past().breaker(0, 'closed'), 0, 'it never opened')
  isGood(t, closes, cycle(), 1, 'it closed')
  isBad(t, closes, cycle().breaker(30_000, 'open'), [/postgres on auth-1 ends open/], 'it opened again')
  isBad(
    t,
    closes,
    new Past().breaker(0, 'open').breaker(9, 'half_open'),
    [/ends half_open/],
    'in the middle of a trial',
  )
  const killed = new Past().breaker(0, 'open').process(100, 'exited', { wanted: true })
  isGood(t, closes, killed, 0, 'the instance is gone, and its breaker with it')
})

t.test('no-io-while-open', async (t) => {
  const quiet = noIoWhileOpen({ lateMs: 100 })
  isGood(t, quiet, new Past(), 0, 'nothing')
  isGood(t, quiet, cycle(), 0, 'without a proxy nothing can be said')
  isGood(
    t,
    quiet,
    cycle().traffic('postgres', 'call', 500, 11_500, 22_500, 23_500),
    2,
    'calls before, in the trials, after',
  )
  isGood(t, quiet, cycle().traffic('postgres', 'call', 1090, 10_950), 2, 'seen late at the edges')
  isBad(
    t,
    quiet,
    cycle().traffic('postgres', 'call', 5000),
    [/postgres on auth-1 was open for 4000 ms: a call/],
    'a call',
  )
  isBad(
    t,
    quiet,
    cycle().traffic('postgres', 'connection', 15_000),
    [/3000 ms: a connection/],
    'a connection to Postgres',
  )
  const thawed = () => cycle().traffic('postgres', 'connection', 900)
  isGood(t, quiet, thawed().traffic('postgres', 'call', 1800), 2, 'the call that a connection was begun for')
  isBad(t, quiet, thawed().traffic('postgres', 'call', 1800, 1810), [/810 ms: a call/], 'one more')
  isBad(t, quiet, thawed().traffic('postgres', 'call', 2100), [/1100 ms: a call/], 'after the time-out')
  isGood(t, quiet, cycle().traffic('redis', 'call', 5000), 0, 'to the other dependency')
  const redis = () => new Past().breaker(0, 'open', 'redis').breaker(5000, 'half_open', 'redis')
  isGood(t, quiet, redis().traffic('redis', 'connection', 1000, 2000), 1, 'the Redis driver connects by itself')
  isBad(t, quiet, redis().traffic('redis', 'call', 2000), [/a call/], 'and calls nobody')
  const still = new Past().breaker(0, 'open').traffic('postgres', 'call', 3000).traffic('postgres', 'call', 9000)
  isBad(t, quiet, still, [/3000 ms: a call/], 'it is open to the end of the history')
  const short = new Past().breaker(0, 'open').breaker(150, 'half_open').traffic('postgres', 'call', 75)
  isGood(t, quiet, short, 0, 'too short to tell')
})

t.test('one-trial', async (t) => {
  const one = oneTrial({ lateMs: 100 })
  isGood(t, one, new Past(), 0, 'nothing')
  isGood(t, one, cycle(), 0, 'without a proxy nothing can be said')
  const trials = () => cycle().traffic('postgres', 'connection', 11_010).traffic('postgres', 'call', 11_020, 22_010)
  isGood(t, one, trials(), 2, 'one call each')
  isGood(t, one, cycle().traffic('postgres', 'call', 10_950, 22_010), 2, 'seen before the line that tells of it')
  isBad(
    t,
    one,
    trials().traffic('postgres', 'call', 11_900),
    [/half-opened: 2 calls and 1 new connections/],
    'a second one',
  )
  isBad(
    t,
    one,
    trials().traffic('postgres', 'connection', 11_900),
    [/1 calls and 2 new connections/],
    'a second connection',
  )
  isBad(t, one, trials().traffic('postgres', 'call', 12_050), [/2 calls/], 'after a trial that failed')
  isGood(
    t,
    one,
    trials().traffic('postgres', 'call', 22_950, 22_960),
    2,
    'everybody, seen before the line of the closing',
  )
  const redis = () =>
    new Past().breaker(0, 'open', 'redis').breaker(5000, 'half_open', 'redis').breaker(6000, 'open', 'redis')
  isGood(t, one, redis().traffic('redis', 'call', 5010, 5020), 1, 'a script that Redis had lost')
  isBad(t, one, redis().traffic('redis', 'call', 5010, 5020, 5030), [/3 calls/], 'a second call')
  isGood(
    t,
    one,
    redis().traffic('redis', 'connection', 5010, 5500).traffic('redis', 'call', 5020),
    1,
    'connecting by itself',
  )
  isGood(t, one, redis().traffic('redis', 'call', 100), 1, 'a trial that failed before it sent anything')
  const quick = new Past().breaker(0, 'open').breaker(5000, 'half_open').breaker(5020, 'closed')
  isGood(t, one, quick.traffic('postgres', 'call', 5001, 5002, 5021), 0, 'too quick to tell')
})
