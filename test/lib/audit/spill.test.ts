import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Spill } from '../../../lib/audit/spill.ts'
import { newId } from '../../../lib/auth/ids.ts'
import { auditEvent, auditEvents, idsOf } from '../../fixtures/audit.ts'
import { fakeClock } from '../../fixtures/fake-clock.ts'
import { temporaryFolder } from '../../fixtures/temporary-folder.ts'

async function newSpill(folder: string, { maxBytes = 1_000_000, clock = fakeClock() } = {}) {
  const spill = new Spill({ folder, maxBytes, id: newId(Date.now()), monotonic: clock.monotonic })
  await spill.open()
  await spill.lookAround()
  return spill
}

/** Reads all there is, as if it went to Postgres. */
async function replay(spill: Spill): Promise<{ ids: string[]; damaged: number }> {
  const ids: string[] = []
  let damaged = 0
  for (let batch = await spill.next(); batch !== null; batch = await spill.next()) {
    ids.push(...idsOf(batch.events))
    damaged += batch.damaged
    await batch.done()
  }
  return { ids, damaged }
}

const deadPid = () => spawnSync('true').pid
/** What the process of a file's name would be called when it had that id. */
const renamed = (name: string, pid: number, host?: string) =>
  name.replace(/^audit\.([^.]+)\.\d+/, (_, mine) => `audit.${host ?? mine}.${pid}`)
const fileOf = (folder: string) => readdirSync(folder).find((name) => name.startsWith('audit.')) ?? ''

t.test('what was appended comes back in its order, and then there is no file', async (t) => {
  const folder = join(temporaryFolder(t), 'made/here')
  const spill = await newSpill(folder)
  t.equal(await spill.next(), null)
  t.strictSame(readdirSync(folder), [], 'no file when there is nothing to keep')
  const events = auditEvents(3)
  t.equal(await spill.append(events.slice(0, 2)), 2)
  t.equal(await spill.append(events.slice(2)), 1)
  t.strictSame([spill.events, spill.bytes > 0], [3, true])
  t.match(
    readFileSync(join(folder, fileOf(folder)), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
    events,
  )
  t.strictSame(await replay(spill), { ids: idsOf(events), damaged: 0 })
  t.strictSame([spill.events, spill.bytes], [0, 0])
  t.strictSame(readdirSync(folder), [])
  await spill.close()
})

t.test('a batch that was not finished comes again; what is appended meanwhile comes behind it', async (t) => {
  const spill = await newSpill(temporaryFolder(t))
  t.teardown(() => spill.close())
  const [one, two] = auditEvents(2)
  if (one === undefined || two === undefined) throw new Error()
  await spill.append([one])
  t.strictSame((await spill.next())?.events, [one])
  const batch = await spill.next()
  await spill.append([two])
  await batch?.done()
  t.equal(spill.events, 1)
  t.strictSame((await replay(spill)).ids, [two.id])
})

t.test('more than one read takes', async (t) => {
  const spill = await newSpill(temporaryFolder(t), { maxBytes: 10_000_000 })
  const events = auditEvents(2000)
  t.equal(await spill.append(events), 2000)
  t.strictSame((await replay(spill)).ids, idsOf(events))
})

t.test('it is bounded, in bytes', async (t) => {
  const folder = temporaryFolder(t)
  const size = Buffer.byteLength(`${JSON.stringify(auditEvent())}\n`)
  const spill = await newSpill(folder, { maxBytes: 3 * size + 10 })
  t.teardown(() => spill.close())
  t.equal(await spill.append(auditEvents(2)), 2)
  t.equal(await spill.append(auditEvents(5)), 1)
  t.equal(await spill.append(auditEvents(1)), 0)
  t.equal(spill.bytes, 3 * size)
  const beside = await newSpill(folder, { maxBytes: 4 * size + 10 })
  t.teardown(() => beside.close())
  t.equal(await beside.append(auditEvents(5)), 1, 'what others keep in the folder counts')
  t.equal(beside.events, 1, 'but is theirs to replay')
})

t.test('what a process left behind that has ended is taken over, the oldest first', async (t) => {
  const folder = temporaryFolder(t)
  const [early, late, own] = [auditEvents(2), auditEvents(2), auditEvents(1)]
  for (const events of [early, late]) {
    const spill = await newSpill(folder)
    await spill.append(events)
    await spill.close()
  }
  const pid = deadPid()
  for (const name of readdirSync(folder)) {
    const text = readFileSync(join(folder, name))
    rmSync(join(folder, name))
    writeFileSync(join(folder, renamed(name, pid)), text)
  }
  writeFileSync(join(folder, 'notes.txt'), 'not ours')
  const spill = await newSpill(folder)
  await spill.append(own)
  t.equal(spill.events, 5)
  t.strictSame((await replay(spill)).ids, idsOf([...early, ...late, ...own]))
  t.strictSame(readdirSync(folder), ['notes.txt'])
})

t.test('a file of somewhere else is taken over when nobody has touched it for long', async (t) => {
  const folder = temporaryFolder(t)
  const events = auditEvents(1)
  const path = join(folder, `audit.0123456789ab.1.${newId(0)}.ndjson`)
  writeFileSync(path, `${JSON.stringify(events[0])}\n`)
  const clock = fakeClock()
  const spill = await newSpill(folder, { clock })
  t.equal(spill.events, 0)
  t.ok(spill.bytes > 0)
  const past = new Date(Date.now() - 31_000)
  utimesSync(path, past, past)
  await spill.lookAround()
  t.equal(spill.events, 0, 'it does not look all the time')
  clock.advance(10_000)
  await spill.lookAround()
  t.strictSame((await replay(spill)).ids, idsOf(events))
  t.equal(spill.bytes, 0)
})

t.test('the owner of a file shows that it lives', async (t) => {
  const folder = temporaryFolder(t)
  const spill = await newSpill(folder)
  t.teardown(() => spill.close())
  await spill.append(auditEvents(1))
  const past = new Date(Date.now() - 60_000)
  utimesSync(join(folder, fileOf(folder)), past, past)
  await spill.lookAround()
  const beside = await newSpill(folder)
  t.equal(beside.events, 0)
})

t.test('an owner whose file was taken over begins another; one that wrote to it before loses nothing', async (t) => {
  const folder = temporaryFolder(t)
  const owner = await newSpill(folder)
  const [one, two, three] = [auditEvents(1), auditEvents(1), auditEvents(1)]
  await owner.append(one)
  const past = new Date(Date.now() - 60_000)
  utimesSync(join(folder, fileOf(folder)), past, past)
  const other = await newSpill(folder)
  const batch = await other.next()
  t.strictSame(batch?.events, one)
  await owner.append(two)
  await batch?.done()
  t.strictSame((await replay(other)).ids, idsOf(two))
  t.strictSame(readdirSync(folder), [])
  await owner.append(three)
  t.strictSame((await replay(owner)).ids, idsOf(three))
})

t.test('a line that a crash cut off, and one that is damaged, are left out and counted', async (t) => {
  const folder = temporaryFolder(t)
  const events = auditEvents(2)
  const path = join(folder, `audit.0123456789ab.1.${newId(0)}.ndjson`)
  const [first, second] = events.map((event) => JSON.stringify(event))
  const damaged = [JSON.stringify({ ...events[0], type: 'made up' }), '{"id":', 'null']
  writeFileSync(path, `${[first, ...damaged, second].join('\n')}\n`)
  appendFileSync(path, first?.slice(0, 40) ?? '')
  const past = new Date(Date.now() - 60_000)
  utimesSync(path, past, past)
  const spill = await newSpill(folder)
  t.strictSame(await replay(spill), { ids: idsOf(events), damaged: 4 })
  t.strictSame([spill.events, readdirSync(folder).length], [0, 0])
})

t.test('files that vanish, that are empty, and a folder that is gone', async (t) => {
  const folder = temporaryFolder(t)
  const names = [0, 1, 2].map((n) => join(folder, `audit.0123456789ab.1.${newId(n)}.ndjson`))
  for (const [i, path] of names.entries()) {
    if (i === 2) mkdirSync(path)
    else writeFileSync(path, i === 0 ? '' : `${JSON.stringify(auditEvent())}\n`)
    const past = new Date(Date.now() - 60_000)
    utimesSync(path, past, past)
  }
  const clock = fakeClock()
  const spill = await newSpill(folder, { clock })
  t.equal(spill.events, 1, 'what can not be read is left alone')
  writeFileSync(names[1] ?? '', '')
  t.equal((await replay(spill)).ids.length, 0, 'emptied meanwhile')
  t.strictSame(globSync('*', { cwd: folder }).length, 1)
  rmSync(folder, { recursive: true })
  clock.advance(10_000)
  await spill.lookAround()
  await t.rejects(spill.append(auditEvents(1)), { code: 'ENOENT' })
  t.equal(await spill.next(), null)
  mkdirSync(folder)
  t.equal(await spill.append(auditEvents(1)), 1)
  await spill.close()
})

t.test('a folder that can not be made is no place to spill', async (t) => {
  const file = join(temporaryFolder(t), 'file')
  writeFileSync(file, '')
  await t.rejects(newSpill(join(file, 'folder')), { code: 'ENOTDIR' })
})
