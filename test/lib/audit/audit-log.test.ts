import { readdirSync, rmSync } from 'node:fs'
import t, { type Test } from 'tap'
import { AuditLog } from '../../../lib/audit/audit-log.ts'
import type { AuditEvent } from '../../../lib/audit/event.ts'
import { Spill } from '../../../lib/audit/spill.ts'
import { newId } from '../../../lib/auth/ids.ts'
import { dependencyUnavailable } from '../../../lib/errors.ts'
import { until } from '../../fixtures/app.ts'
import { auditEvent, auditEvents, idsOf } from '../../fixtures/audit.ts'
import { fakeClock } from '../../fixtures/fake-clock.ts'
import { temporaryFolder } from '../../fixtures/temporary-folder.ts'

/** A log before a Postgres that does what the test says. */
async function setUp(t: Test, { onDisk = true, maxBytes = 1_000_000 } = {}) {
  const folder = temporaryFolder(t)
  const options = { folder, maxBytes, id: newId(Date.now()), monotonic: fakeClock().monotonic }
  const spill = onDisk ? new Spill(options) : null
  await spill?.open()
  t.teardown(() => spill?.close())
  const stored: AuditEvent[] = []
  const batches: number[] = []
  const lines: string[] = []
  const write = (_: object, line: string) => lines.push(line)
  const postgres = { writable: true, failure: null as unknown, before: async () => {} }
  const log = new AuditLog({
    spill,
    writable: () => postgres.writable,
    async append(events) {
      await postgres.before()
      if (postgres.failure !== null) throw postgres.failure
      if (events.some(({ reason }) => reason === 'poison')) throw Object.assign(new Error('bad'), { code: '22021' })
      batches.push(events.length)
      stored.push(...events)
    },
    log: { info: write, warn: write, error: write },
  })
  const add = (events: readonly AuditEvent[]) => {
    for (const event of events) log.add(event)
    return events
  }
  return { log, postgres, stored, batches, lines, add, files: () => readdirSync(folder), folder, spill }
}

const outage = dependencyUnavailable('postgres', 1000)

t.test('events are written in the background, in batches', async (t) => {
  const { log, stored, batches, add } = await setUp(t)
  const events = add(auditEvents(450))
  t.equal(log.backlog, 450)
  t.strictSame(stored, [], 'not at once')
  await until(() => stored.length === 450)
  t.strictSame(idsOf(stored), idsOf(events))
  t.strictSame(batches, [200, 200, 50])
  await until(() => log.backlog === 0)
  t.strictSame([...log.totals.values()], [{ type: 'login', outcome: 'success', count: 450 }])
})

t.test('what is added while a batch is written is written too', async (t) => {
  const { log, postgres, stored, add } = await setUp(t)
  const writing = Promise.withResolvers<void>()
  const answered = Promise.withResolvers<void>()
  postgres.before = async () => {
    writing.resolve()
    await answered.promise
  }
  const first = add(auditEvents(1))
  const done = log.drain()
  await writing.promise
  const second = add(auditEvents(2))
  const again = log.drain()
  answered.resolve()
  await Promise.all([done, again])
  t.strictSame(idsOf(stored), idsOf([...first, ...second]))
})

for (const [what, strike] of Object.entries({
  'Postgres fails': { failure: outage, writable: true },
  'Postgres is known to be away': { failure: null, writable: false },
  'Postgres fails in an unknown way': { failure: new Error('unknown'), writable: true },
})) {
  t.test(`${what}: events go to the disk, and back in their order`, async (t) => {
    const { log, postgres, stored, add, files, lines } = await setUp(t)
    Object.assign(postgres, strike)
    const first = add(auditEvents(2))
    await log.drain()
    const second = add(auditEvents(2))
    await log.drain()
    t.strictSame([log.spilled, log.backlog, log.spillBytes > 0, stored.length], [4, 4, true, 0])
    t.equal(files().length, 1)
    t.strictSame(lines, ['audit: events wait for postgres'], 'told once')
    Object.assign(postgres, { failure: null, writable: true })
    const third = add(auditEvents(2))
    await log.drain()
    t.strictSame(idsOf(stored), idsOf([...first, ...second, ...third]))
    t.strictSame([log.backlog, log.spillBytes, files().length], [0, 0, 0])
    t.match(lines[1], /in postgres/)
  })
}

t.test('what comes in while a spill is replayed stays behind it, and goes to the disk when it is much', async (t) => {
  const { log, postgres, stored, add } = await setUp(t, { maxBytes: 100_000_000 })
  postgres.writable = false
  const spilled = add(auditEvents(1500))
  await log.drain()
  let late: readonly AuditEvent[] = []
  postgres.writable = true
  postgres.before = async () => {
    if (late.length === 0) late = add(auditEvents(250))
  }
  await log.drain()
  t.strictSame(idsOf(stored), idsOf([...spilled, ...late]))
  t.equal(log.spilled, 1750)
})

t.test('a spill that is full drops what comes after, and counts it', async (t) => {
  const size = Buffer.byteLength(`${JSON.stringify(auditEvent())}\n`)
  const { log, postgres, stored, add, lines } = await setUp(t, { maxBytes: 2 * size + 10 })
  postgres.writable = false
  const events = add(auditEvents(5))
  await log.drain()
  t.strictSame([log.spilled, log.dropped.spill_full, log.backlog], [2, 3, 2])
  t.ok(lines.includes('audit: events are lost'))
  postgres.writable = true
  await log.drain()
  t.strictSame(idsOf(stored), idsOf(events.slice(0, 2)))
})

t.test('without a disk events wait in memory, up to a bound', async (t) => {
  const { log, postgres, stored, add, lines } = await setUp(t, { onDisk: false })
  postgres.failure = outage
  const events = add(auditEvents(10_003))
  await log.drain()
  t.strictSame([log.backlog, log.dropped.queue_full, log.spilled, log.spillBytes], [10_000, 3, 0, 0])
  t.ok(lines.includes('audit: events wait for postgres'))
  postgres.failure = null
  await log.drain()
  t.strictSame(idsOf(stored), idsOf(events.slice(0, 10_000)))
})

t.test('when the disk fails events wait in memory', async (t) => {
  const { log, postgres, stored, add, lines, folder } = await setUp(t)
  rmSync(folder, { recursive: true })
  postgres.failure = outage
  const events = add(auditEvents(2))
  await log.drain()
  await log.drain()
  t.strictSame([log.backlog, log.spilled], [2, 0])
  t.equal(lines.filter((line) => /can not be written/.test(line)).length, 1)
  postgres.failure = null
  await log.drain()
  t.strictSame(idsOf(stored), idsOf(events))
})

t.test('an event that Postgres refuses holds nobody up', async (t) => {
  const { log, stored, add } = await setUp(t)
  const events = add([auditEvent(), auditEvent({ reason: 'poison' }), auditEvent()])
  await log.drain()
  t.strictSame(idsOf(stored), [events[0]?.id, events[2]?.id])
  t.strictSame([log.dropped.refused, log.backlog], [1, 0])
})

t.test('at the end what waits goes to Postgres', async (t) => {
  const { log, stored, add, files } = await setUp(t)
  const events = add(auditEvents(3))
  await log.close(1000)
  t.strictSame(idsOf(stored), idsOf(events))
  t.strictSame(files(), [])
})

t.test('at the end, with a Postgres that does not answer in time, it goes to the disk', async (t) => {
  const { log, postgres, stored, add, spill } = await setUp(t)
  const answered = Promise.withResolvers<void>()
  postgres.before = () => answered.promise
  const events = add(auditEvents(3))
  await log.close(10)
  t.strictSame([log.spilled, stored.length, spill?.events], [3, 0, 3])
  answered.resolve()
  await until(() => stored.length === 3)
  await log.drain()
  t.strictSame(idsOf(stored), idsOf(events), 'it may be in both; it is stored once all the same')
})

t.test('at the end, with neither, events are lost, which is said', async (t) => {
  const { log, postgres, add, lines } = await setUp(t, { onDisk: false })
  postgres.writable = false
  add(auditEvents(3))
  await log.close(1000)
  t.equal(log.dropped.end, 3)
  t.match(lines.at(-1), /lost at the end/)
})
