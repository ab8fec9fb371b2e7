import t from 'tap'
import { idTime, newId } from '../../../lib/auth/ids.ts'
import { createRing, digestOf, revokeAll, rotate } from '../../../lib/keys/ring.ts'
import { RedisKeyRingStore } from '../../../lib/store/key-ring-redis.ts'
import { eventsDespite, RedisSyncStore } from '../../../lib/store/redis-sync.ts'
import { STORE_KEY } from '../../../lib/store/shared-keys.ts'
import { redisHandle } from '../../fixtures/handles.ts'
import { namedKey } from '../../fixtures/keys.ts'
import { startServers } from '../../fixtures/servers.ts'

const RETENTION = 900_000
const { redis } = await startServers(t, { redis: true })
const handle = await redisHandle(t, redis.url)
const sync = new RedisSyncStore(handle.handle, RETENTION)
const rings = new RedisKeyRingStore(handle.handle, RETENTION)
/** By a clock that is a little ahead of that of Redis. */
const expiresAt = Date.now() + RETENTION + 60_000
const iso = (ms: number) => new Date(ms).toISOString()
const timeOf = (cursor: string) => Number(cursor.split('-')[0])

t.beforeEach(() => handle.client.flushall())

t.test('an empty Redis gets a mark, and keeps it', async (t) => {
  const mark = newId(Date.now() - 5000)
  const first = await sync.pull('0-0', mark, 0)
  t.match(first, { mark, began: idTime(mark), head: null, events: [], complete: true })
  t.ok(Math.abs(first.now - Date.now()) < 1000)
  t.equal((await sync.pull('0-0', newId(Date.now()), 0)).mark, mark)
  await handle.client.flushall()
  t.not((await sync.pull('0-0', newId(Date.now()), 0)).mark, mark, 'a loss of data shows')
})

t.test('the last time in which nobody looked is kept', async (t) => {
  const joinMs = 5000
  const store = new RedisSyncStore(handle.handle, RETENTION, joinMs)
  const look = () => store.pull('0-0', newId(0), 0)
  /** As if the last look had been so long ago. */
  const wasAgo = async (ms: number, now: number) => {
    await handle.client.hset(STORE_KEY, 'probed_at', now - ms)
    return now - ms
  }
  const { now: begun, away } = await look()
  t.strictSame(away, { from: 0, to: 0 }, 'never')
  const from = await wasAgo(3_600_000, begun)
  const back = await look()
  t.strictSame(back.away, { from, to: back.now }, 'an hour')
  t.strictSame((await look()).away, back.away, 'also for who comes later, or got no answer')

  await handle.client.hset(STORE_KEY, 'away_to', (await wasAgo(2000, back.now)) - joinMs)
  const again = await look()
  t.strictSame(again.away, { from, to: again.now }, 'one that begins soon after it continues it')
  const later = await wasAgo(2000, again.now)
  await handle.client.hset(STORE_KEY, 'away_to', later - joinMs - 1)
  const other = await look()
  t.strictSame(other.away, { from: later, to: other.now }, 'one that begins later does not')
})

t.test('revocations reach everybody, each once', async (t) => {
  await sync.announce(['a', 'b'], expiresAt)
  const { events } = await sync.pull('0-0', newId(0), 0)
  t.strictSame(
    events.map(({ event }) => event),
    ['a', 'b'].map((session_id, i) => ({
      type: 'session_revoked',
      session_id,
      at: iso(timeOf(events[i]?.cursor ?? '')),
      expires_at: iso(expiresAt),
    })),
  )
  t.strictSame((await sync.pull(events[0]?.cursor ?? '', newId(0), 0)).events, events.slice(1))
  t.strictSame((await sync.pull(events[1]?.cursor ?? '', newId(0), 0)).events, [])
})

t.test('a revocation matters as long as a token may live, by the clock of Redis', async (t) => {
  await sync.announce(['a'], Date.now() - 3_600_000)
  const [{ cursor, event } = { cursor: '', event: undefined }] = (await sync.pull('0-0', newId(0), 0)).events
  t.match(event, { session_id: 'a' })
  const { expires_at = '' } = { ...event } as { expires_at?: string }
  // Redis dates an event when it appends it, which is after the script has begun.
  const early = timeOf(cursor) + RETENTION - Date.parse(expires_at)
  t.ok(early >= 0 && early < 1000, 'though the caller is an hour behind')
})

t.test('more events than one look returns come with the next ones', async (t) => {
  await sync.announce(
    Array.from({ length: 2500 }, (_, i) => `s${i}`),
    expiresAt,
  )
  const seen: string[] = []
  let position = '0-0'
  for (const complete of [false, false, true]) {
    const news = await sync.pull(position, newId(0), 0)
    t.equal(news.complete, complete)
    seen.push(...news.events.map(({ event }) => ('session_id' in event ? event.session_id : '')))
    position = news.events.at(-1)?.cursor ?? ''
  }
  t.equal(seen.length, 2500)
  t.equal(new Set(seen).size, 2500)
})

t.test('an event is dropped from the stream once it does not matter', async (t) => {
  const brief = new RedisSyncStore(handle.handle, 1000)
  await handle.client.config('SET', 'stream-node-max-entries', '1')
  const old = Date.now() - 60_000
  for (let i = 0; i < 10; i++) await handle.client.xadd('tokenforge:{shared}:revocations', `${old + i}-0`, 'type', 'x')
  await brief.announce(['a'], Date.now() + 1000)
  t.ok((await handle.client.xlen('tokenforge:{shared}:revocations')) < 10)
})

t.test('an event of a kind that this version does not know is passed over', async (t) => {
  await handle.client.xadd('tokenforge:{shared}:revocations', '*', 'type', 'from_the_future', 'x', 'y')
  await sync.announce(['a'], expiresAt)
  t.match((await sync.pull('0-0', newId(0), 0)).events, [{ event: { session_id: 'a' } }])
})

t.test('the head of the ring, and its changes', async (t) => {
  const first = createRing(namedKey('a'), namedKey('b'), 0)
  t.equal(await rings.putIfNewer(first), true)
  const news = await sync.pull('0-0', newId(0), 0)
  t.strictSame(news.head, { epoch: 1, sessionEpoch: 1, version: 1, digest: digestOf(first) })
  t.match(news.events, [{ event: { type: 'keys_changed', epoch: 1, version: 1 } }])
  const { cursor = '' } = news.events[0] ?? {}
  const emergency = revokeAll(first, namedKey('x'), true, 1)
  await rings.putIfNewer(emergency)
  const after = await sync.pull(cursor, newId(0), 0)
  t.strictSame(after.head, { epoch: 2, sessionEpoch: 2, version: 2, digest: digestOf(emergency) })
  t.match(after.events, [{ event: { type: 'keys_changed', epoch: 2, version: 2 } }])
  t.equal(await rings.putIfNewer(rotate(first, namedKey('c'), 2)), false)
  t.strictSame((await sync.pull(after.events[0]?.cursor ?? '', newId(0), 0)).events, [], 'nothing has changed')
})

t.test('how many access tokens can be valid at most', async (t) => {
  t.equal(await sync.outstandingTokens(), 0)
  await sync.pull('0-0', newId(0), 3)
  await sync.pull('0-0', newId(0), 0)
  await sync.pull('0-0', newId(0), 4)
  t.equal(await sync.outstandingTokens(), 7)
  const minute = Math.floor(Date.now() / 60_000)
  const key = 'tokenforge:{shared}:issued'
  await handle.client.hset(key, `${minute - 14}`, 10, `${minute - 17}`, 100, `${minute - 1000}`, 1000)
  t.equal(await sync.outstandingTokens(), 17, 'those of 14 minutes ago may still be valid')
  await sync.pull('0-0', newId(0), 1)
  t.equal(await sync.outstandingTokens(), 18)
  t.notOk((await handle.client.hkeys(key)).includes(`${minute - 17}`), 'the expired ones are forgotten')
})

t.test('a Redis that takes no writes fails the look, and still tells who has logged out', async (t) => {
  await sync.pull('0-0', newId(0), 0)
  await sync.announce(['a'], expiresAt)
  await handle.client.config('SET', 'maxmemory', '1')
  const error = await sync.pull('0-0', newId(0), 0).catch((error: unknown) => error)
  await handle.client.config('SET', 'maxmemory', '0')
  t.match(error, { cause: { name: 'IncompleteReply', message: /OOM/ } })
  t.match(eventsDespite(error), [{ event: { type: 'session_revoked', session_id: 'a' } }])
  t.strictSame(eventsDespite(new Error('another')), [])
})
