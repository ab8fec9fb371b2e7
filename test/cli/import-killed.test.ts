import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { until } from '../fixtures/app.ts'
import { postgresHandle } from '../fixtures/handles.ts'
import { startServers } from '../fixtures/servers.ts'
import { temporaryFolder } from '../fixtures/temporary-folder.ts'
import { userLines, writeLines } from '../fixtures/user-files.ts'
import { startCommand } from './command.ts'

const { postgres } = await startServers(t, { postgres: true })
const DATABASE_URL = postgres.url
const env = { DATABASE_URL, AUDIT_KEY: randomBytes(32).toString('base64') }
const { pool } = await postgresHandle(t, DATABASE_URL)
const folder = temporaryFolder(t)
const count = async () => Number((await pool.query('SELECT count(*) FROM users')).rows[0].count)

t.test('100,000 users, killed in between, in little memory', async (t) => {
  const COUNT = 100_000
  const file = join(folder, 'many.jsonl')
  const lines = userLines(COUNT)
  for (let i = 500; i < COUNT; i += 1000) lines[i] = 'nonsense'
  writeLines(file, lines)
  const refused = COUNT / 1000
  const imported = COUNT - refused
  const begin = performance.now()
  let kills = 0
  for (const share of [0.1, 0.35, 0.6]) {
    const { child, ended } = startCommand(t, ['users', 'import', file], env)
    await until(async () => (await count()) > share * COUNT, 60_000)
    child.kill('SIGKILL')
    if ((await ended).code === null) kills += 1
  }
  t.equal(kills, 3)
  const before = await count()
  t.ok(before < imported)
  const { child, ended } = startCommand(t, ['users', 'import', file], env)
  let peak = 0
  const done = ended.then(() => true)
  while (!(await Promise.race([done, new Promise<false>((resolve) => setTimeout(resolve, 20, false))]))) {
    peak = Math.max(peak, peakMemory(child.pid ?? 0))
  }
  const { out, err, code } = await ended
  t.match({ out, code }, { out: `${imported} imported, 0 there already, ${refused} refused\n`, code: 1 })
  t.match(err, /^going on behind line \d+\n/)
  t.equal(await count(), imported)
  const reported = readFileSync(`${file}.refused.jsonl`, 'utf8').trim().split('\n')
  t.equal(new Set(reported).size, refused)
  t.equal(reported.length, refused, 'each refused line is reported once')
  const seconds = (performance.now() - begin) / 1000
  t.comment(`${COUNT} lines in ${seconds.toFixed(1)} s with three kills; ${Math.round(peak / 1e6)} MB at most`)
  if (peak > 0) t.ok(peak < 250e6, `${Math.round(peak / 1e6)} MB`)
})

/** Bytes; 0 where it can't be known. */
function peakMemory(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}
