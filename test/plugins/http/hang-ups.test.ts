import { request } from 'node:http'
import t from 'tap'
import { ADMIN_KEY, PASSWORD, startApp, testEnvironment, until } from '../../fixtures/app.ts'
import { startServers } from '../../fixtures/servers.ts'
import { sharedDatabase } from '../../fixtures/shared-postgres.ts'

const LOGINS = 5

t.test(
  'who hangs up while its password is hashed leaves no place in the queue taken, and is in both logs',
  async (t) => {
    const { redis } = await startServers(t, { redis: true })
    const urls = { postgres: await sharedDatabase(t), redis: redis.url }
    const { app, url, call, logs } = await startApp(
      t,
      testEnvironment(urls, { BCRYPT_COST: '12', LOG_LEVEL: 'info', SIGNING_ALG: 'ES256' }),
    )
    const body = { email: 'ann@example.com', password: PASSWORD }
    t.equal((await call('POST', '/auth/register', { body })).status, 201)
    for (let i = 0; i < LOGINS; i += 1) {
      const sent = request(`${url}/auth/login`, { method: 'POST', headers: { 'content-type': 'application/json' } })
      sent.on('error', () => {})
      const closed = new Promise((resolve) => sent.once('close', resolve))
      sent.end(JSON.stringify(body))
      await until(() => app.hashing.admitted > 0)
      sent.destroy()
      await closed
      await until(() => app.hashing.admitted === 0)
    }
    const told = () => logs.filter((line) => line.hung_up === true)
    await until(() => told().length >= LOGINS)
    const lines = told()
    t.equal(lines.length, LOGINS, 'one line each')
    t.match(lines[0], { route: '/auth/login', user_id: String })
    const headers = { authorization: `Bearer ${ADMIN_KEY}` }
    const logins = await until(async () => {
      const { events } = (await call('GET', '/admin/audit-events?type=login', { headers })).body
      return events.length >= LOGINS ? events : null
    })
    t.equal(logins.length, LOGINS, 'one event each')
    t.equal((await call('POST', '/auth/login', { body })).status, 200)
  },
)

t.test('who leaves a stream is in the log, once', async (t) => {
  const { redis } = await startServers(t, { redis: true })
  const urls = { postgres: await sharedDatabase(t), redis: redis.url }
  const { url, logs } = await startApp(t, testEnvironment(urls, { LOG_LEVEL: 'info' }))
  const leaving = new AbortController()
  const { status, body } = await fetch(`${url}/auth/revocations`, {
    headers: { accept: 'text/event-stream', authorization: `Bearer ${ADMIN_KEY}` },
    signal: leaving.signal,
  })
  t.equal(status, 200)
  await body?.getReader().read()
  leaving.abort()
  const lines = () => logs.filter((line) => line.route === '/auth/revocations')
  await until(() => lines().length > 0)
  await fetch(`${url}/health/live`)
  await until(() => logs.some((line) => line.route === '/health/live'))
  t.match(lines(), [{ status: 200, hung_up: true }])
  t.equal(lines().length, 1)
  t.strictSame(
    logs.filter(({ level }) => Number(level) >= 50),
    [],
    'and it is no error',
  )
})
