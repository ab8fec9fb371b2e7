import t from 'tap'
import { AuditStore } from '../../../lib/store/audit.ts'
import { AuditConnection } from '../../../lib/store/audit-connection.ts'
import { checkAuditLog } from '../../../lib/store/audit-reader.ts'
import { freePort } from '../../../local/ports.ts'
import { auditEvents, keys } from '../../fixtures/audit.ts'
import { postgresHandle } from '../../fixtures/handles.ts'
import { sharedDatabase } from '../../fixtures/shared-postgres.ts'

const url = await sharedDatabase(t)
const { handle } = await postgresHandle(t, url)

t.test('a command adds to the chain beside a server', async (t) => {
  await using connection = await AuditConnection.open(url)
  const [server, own] = [new AuditStore(handle, keys.chain), new AuditStore(connection, keys.chain)]
  await Promise.all([server.append(auditEvents(3)), own.append(auditEvents(2)), server.append(auditEvents(1))])
  t.equal(await own.fits(), true)
  t.match(await checkAuditLog(url, keys.chain), { rows: 6, broken: null })
})

t.test('a Postgres that is not there, or goes away, is an error', async (t) => {
  const nobody = `postgres://127.0.0.1:${await freePort()}/none`
  await t.rejects(AuditConnection.open(nobody), /ECONNREFUSED/)
  await using connection = await AuditConnection.open(url)
  const ended = connection.read(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tokenforge-audit'`,
    [],
  )
  await t.rejects(ended, /terminat/)
  await t.rejects(connection.read('SELECT 1', []))
})
