import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { AuditStore } from '../../../lib/store/audit.ts'
import { auditEvents, KEY_ENCRYPTION_KEY, keys } from '../../fixtures/audit.ts'
import { cleanEnvironment, nodeCommand } from '../../fixtures/environment.ts'
import { postgresHandle } from '../../fixtures/handles.ts'
import { sharedDatabase } from '../../fixtures/shared-postgres.ts'

const url = await sharedDatabase(t)
const postgres = await postgresHandle(t, url)
const settings = { DATABASE_URL: url, KEY_ENCRYPTION_KEY: KEY_ENCRYPTION_KEY.toString('base64') }

async function run(more: Record<string, string> = {}) {
  const [file, command] = nodeCommand(join(import.meta.dirname, '../../../cli/audit-verify.ts'))
  const env = cleanEnvironment({ ...settings, ...more })
  const child = spawn(file, command, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { out, err, code }
}

t.test('a chain that holds, and one that does not', async (t) => {
  t.match(await run(), { out: /^0 rows hold; the chain ends at row 0 with 0{64}\n$/, err: '', code: 0 })
  const events = auditEvents(3)
  await new AuditStore(postgres.handle, keys.chain).append(events)
  t.match(await run(), { out: /^3 rows hold; the chain ends at row 3 with [0-9a-f]{64}\n$/, err: '', code: 0 })
  await postgres.pool.query('DELETE FROM audit_events WHERE seq = 1')
  t.match(await run(), { out: /^BROKEN at row 1: the row is missing; .*; 0 rows before it hold\n$/, code: 1 })
  t.match(await run({ KEY_ENCRYPTION_KEY: Buffer.alloc(32).toString('base64') }), { code: 1 })
  await postgres.pool.query('ALTER TABLE audit_events DISABLE TRIGGER ALL')
  await postgres.pool.query(`UPDATE audit_chain SET checkpoint_seq = 1`)
  t.match(await run(), { out: /^BROKEN at row 1: the checkpoint/, code: 1 })
})

t.test('what could not be checked is no verdict', async (t) => {
  t.match(await run({ DATABASE_URL: '' }), { out: '', err: 'DATABASE_URL: is missing\n', code: 2 })
  t.match(await run({ KEY_ENCRYPTION_KEY: '' }), { out: '', err: /^KEY_ENCRYPTION_KEY: is missing/, code: 2 })
  t.match(await run({ KEY_ENCRYPTION_KEY: 'x' }), { out: '', err: /^KEY_ENCRYPTION_KEY: must be 32 bytes/, code: 2 })
  const DATABASE_URL = 'postgres://127.0.0.1:1/none'
  t.match(await run({ DATABASE_URL }), { out: '', err: /^could not be checked: .*ECONNREFUSED/, code: 2 })
})
