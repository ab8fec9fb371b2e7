import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type Checkpoint, UserTransfer } from '../../../lib/store/user-transfer.ts'
import { ChangedFile, checkFile, type ImportOptions, importUsers } from '../../../lib/transfer/import-users.ts'
import { postgresHandle } from '../../fixtures/handles.ts'
import { sharedDatabase } from '../../fixtures/shared-postgres.ts'
import { temporaryFolder } from '../../fixtures/temporary-folder.ts'
import { SOME_HASH, userLine, userLines, writeLines } from '../../fixtures/user-files.ts'

const url = await sharedDatabase(t)
const { pool } = await postgresHandle(t, url)
t.beforeEach(async () => void (await pool.query('TRUNCATE users, user_imports')))
const emails = async () =>
  (await pool.query<{ email: string }>('SELECT email FROM users ORDER BY email')).rows.map(({ email }) => email)

function newFile(t: Test, lines: readonly string[]): string {
  const path = join(temporaryFolder(t), 'users.jsonl')
  writeLines(path, lines)
  return path
}

const reported = (path: string) =>
  readFileSync(`${path}.report`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => Object.values(JSON.parse(line)))

async function run(path: string, more: Partial<ImportOptions> = {}): Promise<Checkpoint> {
  await using transfer = await UserTransfer.open(url)
  return await importUsers(transfer, {
    path,
    report: `${path}.report`,
    restart: false,
    now: Date.now,
    onProgress: () => {},
    signal: new AbortController().signal,
    ...more,
  })
}

/** Ends after the first batch. */
async function runOneBatch(path: string): Promise<Checkpoint> {
  const ending = new AbortController()
  return run(path, { signal: ending.signal, onProgress: ({ bytes }) => bytes > 0 && ending.abort() })
}

t.test('accounts are imported with all that the line tells', async (t) => {
  const id = '3f2504e0-4f89-41d3-9a0c-0305e82c3301'
  const times = { created_at: '2020-01-01T00:00:00Z', disabled_at: '2021-01-01T00:00:00Z' }
  const path = newFile(t, [userLine(1, { id, roles: ['a', 'b'], ...times }), '', userLine(2)])
  t.match(await run(path), { lines: 3, imported: 2, present: 0, refused: 0 })
  const { rows } = await pool.query('SELECT * FROM users ORDER BY email')
  const [created_at, disabled_at] = [new Date(times.created_at), new Date(times.disabled_at)]
  const first = { id, roles: ['a', 'b'], password_hash: SOME_HASH, version: 1, created_at, disabled_at }
  t.match(rows, [first, { roles: [], disabled_at: null }])
})

t.test('what is refused is reported by its line, and the rest is imported', async (t) => {
  const path = newFile(t, [userLine(1), '{', userLine(2, { password_hash: 'x' }), 'x'.repeat(20_000), userLine(3)])
  t.match(await run(path), { lines: 5, imported: 2, refused: 3 })
  t.strictSame(reported(path), [
    [2, 'is not JSON'],
    [3, 'password_hash: has an unknown form'],
    [4, 'is not UTF-8, or longer than 16384 bytes'],
  ])
})

t.test('an account that is there is never changed', async (t) => {
  const id = '3f2504e0-4f89-41d3-9a0c-0305e82c3301'
  const other = SOME_HASH.replace('aa', 'bb')
  await run(newFile(t, [userLine(1, { id }), userLine(2)]))
  const path = newFile(t, [
    userLine(1, { id, password_hash: other }),
    userLine(2),
    userLine(2, { password_hash: other }),
    userLine(3, { id }),
    userLine(4),
    userLine(4),
    userLine(4, { password_hash: other }),
    userLine(5, { id: id.replace('3f', '4f') }),
    userLine(6, { id: id.replace('3f', '4f') }),
  ])
  t.match(await run(path), { imported: 2, present: 3, refused: 4 })
  t.strictSame(reported(path), [
    [3, 'email: belongs to another account'],
    [4, 'id: belongs to another account'],
    [7, 'email: belongs to another account'],
    [9, 'id: belongs to another account'],
  ])
  const { rows } = await pool.query('SELECT DISTINCT password_hash FROM users')
  t.strictSame(rows, [{ password_hash: SOME_HASH }])
})

t.test('a run that was cut off is gone on with', async (t) => {
  const lines = userLines(2500)
  lines[10] = lines[1500] = 'nonsense'
  const path = newFile(t, lines)
  t.match(await runOneBatch(path), { lines: 1000, imported: 999, refused: 1 })
  appendFileSync(`${path}.report`, '{"line": 1501, "reason": "of a batch that was not done"}\n')
  const seen: number[] = []
  const state = await run(path, { onProgress: ({ lines }) => seen.push(lines) })
  t.match(state, { lines: 2500, imported: 2498, refused: 2 })
  t.strictSame(seen, [1000, 2000, 2500])
  t.strictSame(
    reported(path).map(([line]) => line),
    [11, 1501],
  )
  t.equal((await emails()).length, 2498)
  t.match(await run(path), { lines: 2500, imported: 2498, refused: 2 }, 'once more: nothing to do')
  appendFileSync(path, `${userLine(9999)}\n`)
  t.match(await run(path), { lines: 2501, imported: 2499 }, 'what was added behind is imported')
})

t.test('a file that was changed is not gone on with', async (t) => {
  const lines = userLines(2000)
  const path = newFile(t, lines)
  await runOneBatch(path)
  lines[999] = userLine(7777)
  writeLines(path, lines)
  await t.rejects(run(path), new ChangedFile('the file was changed up to line 1000 since its import began'))
  t.match(await run(path, { restart: true }), { lines: 2000, imported: 1001, present: 999, refused: 0 })
})

t.test('one file is imported by one process at a time', async (t) => {
  const path = newFile(t, userLines(3000))
  const both = await Promise.all([run(path), run(path)])
  for (const state of both) t.match(state, { lines: 3000, imported: 3000, refused: 0 })
  t.equal((await emails()).length, 3000)
})

t.test('whoever has lost the lock changes nothing', async (t) => {
  await using transfer = await UserTransfer.open(url)
  const file = Buffer.alloc(32)
  const state = await transfer.begin(file)
  await pool.query('UPDATE user_imports SET bytes = 5')
  await t.rejects(
    transfer.importBatch(file, state, [], async () => ({ ...state, bytes: 9 })),
    { message: 'another run has gone on with this import' },
  )
})

t.test('no Postgres', async (t) => {
  await t.rejects(UserTransfer.open('postgres://127.0.0.1:1/none'), { code: 'ECONNREFUSED' })
})

t.test('a file is checked without a database', async (t) => {
  async function* chunks() {
    yield Buffer.from(`${userLine(1)}\n{\n`)
  }
  const batches = []
  for await (const batch of checkFile(chunks(), Date.now)) batches.push(batch)
  t.strictSame(batches, [{ good: 1, refusals: [{ line: 2, reason: 'is not JSON' }] }])
})

t.test('an export gives all that an import takes', async (t) => {
  await run(newFile(t, userLines(2500)))
  await using transfer = await UserTransfer.open(url)
  const lines = []
  for await (const accounts of transfer.accounts()) lines.push(...accounts.map((account) => JSON.stringify(account)))
  const before = (await pool.query('SELECT * FROM users ORDER BY id')).rows
  await pool.query('TRUNCATE users, user_imports')
  t.match(await run(newFile(t, lines)), { imported: 2500, refused: 0 })
  const after = (await pool.query('SELECT * FROM users ORDER BY id')).rows
  const withoutTime = ({ password_changed_at: _, ...rest }: Record<string, unknown>) => rest
  t.strictSame(after.map(withoutTime), before.map(withoutTime))
})
