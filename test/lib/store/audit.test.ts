import t from 'tap'
import { auditKeys } from '../../../lib/audit/chain.ts'
import { newId } from '../../../lib/auth/ids.ts'
import { AuditStore } from '../../../lib/store/audit.ts'
import { checkAuditLog } from '../../../lib/store/audit-reader.ts'
import { auditEvent, auditEvents, idsOf, keys } from '../../fixtures/audit.ts'
import { postgresHandle } from '../../fixtures/handles.ts'
import { sharedDatabase } from '../../fixtures/shared-postgres.ts'

const DAY = 86_400_000
const url = await sharedDatabase(t)
const postgres = await postgresHandle(t, url)
const newStore = () => new AuditStore(postgres.handle, keys.chain)
const store = newStore()
const everything = { after: 0, userId: null, type: null }
const check = () => checkAuditLog(url, keys.chain)
/** Does what the trigger forbids, as somebody who owns the database can. */
async function tamper(sql: string, values: unknown[] = []): Promise<void> {
  const client = await postgres.pool.connect()
  await client.query('ALTER TABLE audit_events DISABLE TRIGGER ALL')
  await client.query(sql, values)
  await client.query('ALTER TABLE audit_events ENABLE TRIGGER ALL')
  client.release()
}

t.beforeEach(async () => {
  await tamper(`DELETE FROM audit_events`)
  await postgres.pool.query(
    `UPDATE audit_chain SET seq = 0, hash = decode(repeat('00', 32), 'hex'), checkpoint_seq = 0,
       checkpoint_hash = decode(repeat('00', 32), 'hex'), checkpoint_mac = NULL`,
  )
})

t.test('events are stored as they are, in their order, each once', async (t) => {
  const [one, two] = [
    auditEvent(),
    auditEvent({ user_id: null, session_id: null, account: 'x', reason: 'no', details: null }),
  ]
  await store.append([one, two, one])
  await store.append([two, one])
  await store.append([])
  t.strictSame(await store.page(everything, 10), [
    { ...one, seq: 1 },
    { ...two, seq: 2 },
  ])
  t.equal(store.seq, 2)
  t.match(await check(), { rows: 2, broken: null, seq: 2, hash: /^[0-9a-f]{64}$/ })
})

t.test('an attempt whose answer was lost is not written twice', async (t) => {
  const events = auditEvents(3)
  await store.append(events.slice(0, 2))
  const more = auditEvents(1)
  await newStore().append([...events, ...more])
  t.strictSame(idsOf(await store.page(everything, 10)), idsOf([...events, ...more]))
  t.match(await check(), { rows: 4, broken: null })
})

t.test('pages, and what is looked for', async (t) => {
  const userId = newId(Date.now())
  const events = [auditEvent(), auditEvent({ user_id: userId }), auditEvent({ type: 'logout', user_id: userId })]
  await store.append(events)
  const page = async (more: object, limit = 10) => idsOf(await store.page({ ...everything, ...more }, limit))
  t.strictSame(await page({}, 2), idsOf(events.slice(0, 2)))
  t.strictSame(await page({ after: 2 }), idsOf(events.slice(2)))
  t.strictSame(await page({ userId }), idsOf(events.slice(1)))
  t.strictSame(await page({ userId, type: 'logout' }), idsOf(events.slice(2)))
  t.strictSame(await page({ after: 3 }), [])
})

t.test('several instances at once make one chain, each with its events in order', async (t) => {
  const batches = Array.from({ length: 4 }, () => Array.from({ length: 8 }, () => auditEvents(5)))
  await Promise.all(
    batches.map(async (mine) => {
      const instance = newStore()
      for (const events of mine) await instance.append(events)
    }),
  )
  const ids = idsOf(await store.page(everything, 1000))
  t.equal(ids.length, 160)
  for (const mine of batches) {
    const own = idsOf(mine.flat())
    t.strictSame(
      ids.filter((id) => own.includes(id)),
      own,
    )
  }
  t.match(await check(), { rows: 160, broken: null })
})

t.test('an edited, a deleted and an inserted row are found, and the first is named', async (t) => {
  const events = auditEvents(6)
  const insert = `INSERT INTO audit_events SELECT gen_random_uuid(), $1, at, type, outcome, reason, actor, user_id,
    session_id, account, address, user_agent, request_id, details, hash FROM audit_events WHERE seq = 3`
  const cases: [string, string, unknown[], object][] = [
    ['an edited reason', `UPDATE audit_events SET reason = 'x' WHERE seq = 3`, [], { seq: 3, id: events[2]?.id }],
    ['an edited time', `UPDATE audit_events SET at = at + interval '1 ms' WHERE seq = 2`, [], { seq: 2 }],
    ['other details', `UPDATE audit_events SET details = details || ' ' WHERE seq = 4`, [], { seq: 4 }],
    ['an edited hash', `UPDATE audit_events SET hash = decode(repeat('11', 32), 'hex') WHERE seq = 5`, [], { seq: 5 }],
    ['two rows that changed places', `UPDATE audit_events SET seq = -seq WHERE seq IN (3, 4)`, [], { seq: -4 }],
    ['a deleted row', 'DELETE FROM audit_events WHERE seq = 4', [], { seq: 4, id: null, why: /missing/ }],
    ['the last rows deleted', 'DELETE FROM audit_events WHERE seq > 4', [], { seq: 5, id: null, why: /missing/ }],
    ['the first rows deleted', 'DELETE FROM audit_events WHERE seq < 3', [], { seq: 1, why: /missing/ }],
    ['a row put in at the end', insert, [7], { seq: 7 }],
    ['a row put in at the beginning', insert, [0], { seq: 0, why: /before the beginning/ }],
    ['a head that says less', 'UPDATE audit_chain SET seq = 5', [], { seq: 6, why: /head/ }],
    [
      'the beginning taken for deleted',
      `WITH cut AS (DELETE FROM audit_events WHERE seq <= 2 RETURNING seq, hash)
       UPDATE audit_chain SET checkpoint_seq = 2, checkpoint_hash = cut.hash FROM cut WHERE cut.seq = 2`,
      [],
      { seq: 2, why: /checkpoint/ },
    ],
  ]
  for (const [what, sql, values, broken] of cases) {
    await tamper('DELETE FROM audit_events')
    await postgres.pool.query(
      `UPDATE audit_chain SET seq = 0, hash = decode(repeat('00', 32), 'hex'), checkpoint_seq = 0,
         checkpoint_hash = decode(repeat('00', 32), 'hex')`,
    )
    await store.append(events)
    t.match(await check(), { rows: 6, broken: null }, `${what}: before`)
    await tamper(sql, values)
    t.match(await check(), { broken }, what)
  }
  await t.resolves(checkAuditLog(url, Buffer.alloc(32)), 'another key')
  t.match(await checkAuditLog(url, Buffer.alloc(32)), { broken: { seq: 2 } }, 'another key')
})

t.test('Postgres itself refuses to change rows', async (t) => {
  await store.append(auditEvents(1))
  await t.rejects(postgres.pool.query(`UPDATE audit_events SET reason = 'x'`), { message: /append-only/ })
  await t.rejects(postgres.pool.query('TRUNCATE audit_events'), { message: /append-only/ })
})

t.test('old events are deleted from the beginning, and the rest still verifies', async (t) => {
  const now = Date.now()
  const at = (days: number) => auditEvent({}, now - days * DAY)
  // One that was spilled came late: what is behind it stays until it is old enough itself.
  await store.append([at(9), at(8), at(2), at(7), at(1.2)])
  const before = new Date(now - 5 * DAY)
  const deleted = await Promise.all([store.prune(before), newStore().prune(before)])
  t.strictSame(deleted.toSorted(), [0, 2])
  t.equal(await store.prune(before), 0)
  t.strictSame(
    (await store.page(everything, 10)).map(({ seq }) => seq),
    [3, 4, 5],
  )
  t.match(await check(), { rows: 3, broken: null })
  await store.append([at(1.1)])
  t.equal(await store.prune(new Date(now - DAY)), 4, 'all of them')
  t.match(await check(), { rows: 0, broken: null, seq: 6 })
  await store.append([at(0)])
  t.match(await check(), { rows: 1, broken: null, seq: 7 })
  t.equal((await store.page(everything, 10))[0]?.seq, 7)
  t.equal(await store.prune(new Date(now + DAY)), 0, 'none of the last day, whoever asks')
})

t.test('many old events: a thousand at a time', async (t) => {
  const events = Array.from({ length: 1500 }, () => auditEvent({}, 1_600_000_000_000))
  await store.append(events)
  t.equal(await store.prune(new Date()), 1000)
  t.match(await check(), { rows: 500, broken: null })
  t.equal(await store.prune(new Date()), 500)
})

t.test('a chain that can be read in pages', async (t) => {
  for (let i = 0; i < 5; i += 1) await store.append(auditEvents(450))
  t.match(await check(), { rows: 2250, broken: null })
})

t.test('a call that comes too late changes nothing, and a head that moves all the time is an outage', async (t) => {
  const { deadline } = postgres
  postgres.deadline = Date.now() - 1000
  await t.rejects(store.append(auditEvents(1)), { code: 'dependency_unavailable' })
  postgres.deadline = deadline
  t.strictSame(await store.page(everything, 10), [])
  const racing = { ...postgres.handle, write: async () => [] }
  await t.rejects(new AuditStore(racing, keys.chain).append(auditEvents(1)), { code: 'dependency_unavailable' })
})

t.test('a key fits the chain that it has made, and no other', async (t) => {
  const stranger = new AuditStore(postgres.handle, auditKeys(Buffer.alloc(32)).chain)
  t.equal(await stranger.fits(), true, 'of a chain without a row nobody can tell')
  const now = Date.now()
  for (const age of [40, 30, 2]) {
    await store.append([auditEvent({}, now - age * DAY)])
    t.strictSame([await store.fits(), await stranger.fits()], [true, false], `${age}`)
  }
  t.equal(await store.prune(new Date(now - 3 * DAY)), 2)
  t.strictSame([await store.fits(), await stranger.fits()], [true, false], 'the last row follows a checkpoint')
  t.equal(await store.prune(new Date(now - DAY)), 1)
  t.strictSame([await store.fits(), await stranger.fits()], [true, false], 'the checkpoint alone is left')
  await postgres.pool.query('UPDATE audit_chain SET checkpoint_mac = NULL')
  t.equal(await store.fits(), false, 'not even that is')
})

t.test('without a head there is no chain', async (t) => {
  await postgres.pool.query('DELETE FROM audit_chain')
  await t.rejects(store.append(auditEvents(1)), { message: /no head/ })
  await t.rejects(check(), { message: /no head/ })
  await t.rejects(store.fits(), { message: /no head/ })
})
