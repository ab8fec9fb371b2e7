import t from 'tap'
import { newId } from '../../../lib/auth/ids.ts'
import { createRing, digestOf } from '../../../lib/keys/ring.ts'
import { PostgresKeyRingStore } from '../../../lib/store/key-ring-postgres.ts'
import { type PendingRevocation, PostgresSyncStore } from '../../../lib/store/postgres-sync.ts'
import { postgresHandle } from '../../fixtures/handles.ts'
import { namedKey } from '../../fixtures/keys.ts'
import { sharedDatabase } from '../../fixtures/shared-postgres.ts'

const url = await sharedDatabase(t)
const { handle, pool } = await postgresHandle(t, url)
const sync = new PostgresSyncStore(handle)

function pending(n: number, sessionId: string | null): PendingRevocation {
  return {
    id: newId(n),
    userId: newId(n),
    sessionId,
    keepSessionId: sessionId === null ? newId(n) : null,
    revokedAt: new Date(1000 * n + 7),
    expiresAt: new Date(2000 * n),
  }
}

t.test('nothing there yet', async (t) => {
  const { now, ...news } = await sync.pull()
  t.strictSame(news, { readOnly: false, head: null, pending: [], changes: [] })
  t.ok(Math.abs(now - Date.now()) < 1000)
})

const ring = createRing(namedKey('a'), namedKey('b'), 0)

t.test('the head of the ring', async (t) => {
  await new PostgresKeyRingStore(handle).putIfNewer(ring)
  t.strictSame((await sync.pull()).head, { epoch: 1, sessionEpoch: 1, version: 1, digest: digestOf(ring) })
})

t.test('revocations wait, the oldest first, until they are forgotten', async (t) => {
  const [one, two, three] = [pending(1, newId(1)), pending(2, null), pending(3, newId(3))]
  for (const each of [three, one, two]) await sync.remember(each)
  t.strictSame((await sync.pull()).pending, [one, two, three])
  await sync.forget([two.id])
  t.strictSame((await sync.pull()).pending, [one, three])
  await sync.forget([one.id, three.id, newId(9)])
  t.strictSame((await sync.pull()).pending, [])
})

t.test('many wait: a thousand at a time', async (t) => {
  await pool.query(
    `INSERT INTO pending_revocations SELECT gen_random_uuid(), gen_random_uuid(), NULL, NULL, now(), now()
     FROM generate_series(1, 1001)`,
  )
  const first = (await sync.pull()).pending
  t.equal(first.length, 1000)
  await sync.forget(first.map(({ id }) => id))
  t.equal((await sync.pull()).pending.length, 1)
})

t.test('a server that refuses to write says so, and still tells what it knows', async (t) => {
  await pool.query('ALTER DATABASE tokenforge SET default_transaction_read_only = on')
  t.teardown(async () => {
    await pool.query('BEGIN READ WRITE; ALTER DATABASE tokenforge RESET default_transaction_read_only; COMMIT')
  })
  await pool.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()',
  )
  const client = await pool.connect()
  await client.query('SET default_transaction_read_only = on')
  client.release()
  const news = await sync.pull()
  t.match(news, { readOnly: true, head: { digest: digestOf(ring) } })
  await t.rejects(sync.remember(pending(1, newId(1))), { code: '25006' })
})
