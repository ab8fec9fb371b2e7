import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { auditKeyOf, auditKeys } from '../../lib/audit/chain.ts'
import { checkAuditLog } from '../../lib/store/audit-reader.ts'
import { ADMIN_KEY, PASSWORD, startApp, type TestApp, until } from '../fixtures/app.ts'
import { startServerProcess } from '../fixtures/server-process.ts'
import { temporaryFolder } from '../fixtures/temporary-folder.ts'
import { sessionOn, startWorld, timed, whole } from './world.ts'

// No event is lost in an outage of Postgres, and none is written twice.

const folder = temporaryFolder(t)
const { postgres, env } = await startWorld(t, { AUDIT_SPILL_DIR: folder, LOGIN_RATE_LIMIT: '1000/1m' })
const key = auditKeys(auditKeyOf(Buffer.from(env.KEY_ENCRYPTION_KEY ?? '', 'base64'))).chain
const check = () => checkAuditLog(postgres.server.url ?? '', key)
const headers = { authorization: `Bearer ${ADMIN_KEY}` }
type Caller = Pick<TestApp, 'call'>

async function startWhole(t: Test, environment: Record<string, string>): Promise<TestApp> {
  const server = await startApp(t, environment)
  await whole(server)
  return server
}

const eventsOf = async ({ call }: Caller, userId: string): Promise<string[]> =>
  (await call('GET', `/admin/audit-events?user_id=${userId}`, { headers })).body.events.map(
    ({ type }: { type: string }) => type,
  )
const metric = async ({ call }: Caller, name: string) =>
  Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(String((await call('GET', '/metrics')).body))?.[1])
const logout = ({ call }: Caller, { access_token: token }: { access_token: string }) =>
  call('POST', '/auth/logout', { token })
const spilled = (server: Caller) => until(async () => (await metric(server, 'tokenforge_audit_spilled_total')) > 0)

t.test('an outage of Postgres: events wait on the disk, and are written when it returns', async (t) => {
  const server = await startWhole(t, env)
  const session = await sessionOn(server)
  await until(async () => (await eventsOf(server, session.userId)).length === 2)
  await postgres.server.stop()
  t.equal((await logout(server, session)).status, 204)
  await spilled(server)
  t.ok((await metric(server, 'tokenforge_audit_spill_bytes')) > 0)
  t.equal(await metric(server, 'tokenforge_audit_spill_max_bytes'), 67_108_864)
  t.equal(await metric(server, 'tokenforge_audit_backlog_events'), 1)
  t.equal(readdirSync(folder).length, 1)
  await postgres.server.start()
  t.strictSame(
    await until(async () => {
      const events = await eventsOf(server, session.userId).catch(() => [])
      return events.length >= 3 ? events : null
    }),
    ['register', 'login', 'logout'],
  )
  await until(async () => (await metric(server, 'tokenforge_audit_backlog_events')) === 0)
  await until(() => readdirSync(folder).length === 0)
  t.match(await check(), { broken: null })
})

t.test('a server that is killed while events wait: the next one writes them, once', async (t) => {
  const first = await startServerProcess(t, env)
  const sessions = await Promise.all(Array.from({ length: 3 }, () => sessionOn(first)))
  for (const { userId } of sessions) await until(async () => (await eventsOf(first, userId)).length === 2)
  await postgres.server.stop()
  for (const session of sessions) t.equal((await logout(first, session)).status, 204)
  await until(async () => (await metric(first, 'tokenforge_audit_spilled_total')) === 3)
  first.child.kill('SIGKILL')
  await until(() => first.child.signalCode !== null)
  t.equal(readdirSync(folder).length, 1)
  await postgres.server.start()
  const [second, third] = await Promise.all([startWhole(t, env), startWhole(t, env)])
  for (const { userId } of sessions) {
    await until(async () => (await eventsOf(second, userId)).length >= 3, 15_000)
    t.strictSame(await eventsOf(third, userId), ['register', 'login', 'logout'])
  }
  await until(() => readdirSync(folder).length === 0)
  t.match(await check(), { broken: null })
})

t.test('an orderly end writes what waits, to Postgres or to the disk', async (t) => {
  const patient = { ...env, SHUTDOWN_GRACE: '4s' }
  const server = await startWhole(t, patient)
  const session = await sessionOn(server)
  await logout(server, session)
  await server.app.close()
  // A process, since what it leaves behind is only taken over when it is gone.
  const next = await startServerProcess(t, patient)
  t.strictSame(await eventsOf(next, session.userId), ['register', 'login', 'logout'])

  const other = await sessionOn(next)
  await until(async () => (await eventsOf(next, other.userId)).length === 2)
  t.teardown(() => postgres.server.thaw())
  await postgres.server.freeze()
  await logout(next, other)
  const begin = performance.now()
  t.equal(await next.end(), 0)
  t.comment(`ended ${Math.round(performance.now() - begin)} ms after SIGTERM, with Postgres frozen`)
  t.notMatch(next.output(), /lost/)
  t.equal(readdirSync(folder).length, 1)
  await postgres.server.thaw()
  const last = await startWhole(t, env)
  await until(async () => (await eventsOf(last, other.userId)).length === 3)
  t.match(await check(), { broken: null })
})

t.test('two instances write one chain', async (t) => {
  const pair = await Promise.all([startWhole(t, env), startWhole(t, env)])
  const { rows: before } = await check()
  const sessions = await Promise.all(Array.from({ length: 20 }, (_, i) => sessionOn(pair[i % 2] as TestApp)))
  await Promise.all(sessions.map((session, i) => logout(pair[(i + 1) % 2] as TestApp, session)))
  await until(async () => (await check()).rows === before + 60)
  t.match(await check(), { broken: null })
})

t.test('a login does not wait for a Postgres that no longer answers the log', async (t) => {
  const server = await startWhole(t, env)
  const session = await sessionOn(server)
  t.teardown(() => postgres.server.thaw())
  await postgres.server.freeze()
  const { status, ms } = await timed(logout(server, session))
  t.equal(status, 204)
  t.ok(ms < 500, `${Math.round(ms)} ms`)
  await spilled(server)
})

t.test('without a folder that can be written events wait in memory, and it is said', async (t) => {
  await postgres.server.start()
  const file = join(temporaryFolder(t), 'file')
  writeFileSync(file, '')
  for (const dir of ['', join(file, 'no-folder')]) {
    const server = await startApp(t, { ...env, AUDIT_SPILL_DIR: dir })
    t.ok(server.logs.some(({ msg }) => /wait in memory alone/.test(String(msg))))
    await whole(server)
    const session = await sessionOn(server)
    await postgres.server.stop()
    t.equal((await logout(server, session)).status, 204)
    await until(() => server.logs.some(({ msg }) => msg === 'audit: events wait for postgres'))
    await postgres.server.start()
    await until(async () => (await eventsOf(server, session.userId).catch(() => [])).length === 3)
    await server.app.close()
  }
  t.match(await check(), { broken: null })
})

t.test('an admin action whose outcome could not be found out is written down as such', async (t) => {
  const server = await startWhole(t, env)
  const { userId } = await until(() => sessionOn(server).catch(() => undefined))
  await postgres.server.stop()
  t.equal((await server.call('POST', `/admin/users/${userId}/disable`, { headers })).status, 503)
  await postgres.server.start()
  const { body } = await until(async () => {
    const answer = await server.call('GET', `/admin/audit-events?user_id=${userId}&type=user_disable`, { headers })
    return answer.body.events?.length > 0 ? answer : null
  })
  t.match(body.events[0], { outcome: 'unknown', reason: 'dependency_unavailable', actor: 'admin' })
  t.equal(
    (await server.call('POST', '/auth/login', { body: { email: 'x@example.com', password: PASSWORD } })).status,
    401,
  )
})
