import t from 'tap'
import { PASSWORD, until } from '../fixtures/app.ts'
import { startServerProcess } from '../fixtures/server-process.ts'
import { faultsOf, sessionOn, startWorld, whole } from './world.ts'

// Everybody comes at once when an outage ends: who is logged in goes on first, who wants in waits for a core or is shed.

const SESSIONS = 30
const LOGINS = 90

t.test('after an outage of both stores refreshes are admitted before logins', async (t) => {
  const { env, postgres, redis } = await startWorld(t, { BCRYPT_COST: '9', ACCOUNT_RATE_LIMIT: '10000/1m' })
  const server = await startServerProcess(t, env)
  const first = await sessionOn(server)
  const sessions = [first]
  const login = { body: { email: first.email, password: PASSWORD } }
  while (sessions.length < SESSIONS) {
    const { status, body } = await server.call('POST', '/auth/login', login)
    if (status === 200) sessions.push({ ...first, ...body })
  }

  const stopped = [postgres, redis].map((dependency) => faultsOf(dependency)[0])
  await Promise.all(stopped.map((fault) => fault?.strike()))
  // What the server says of itself is true once it has noticed.
  await until(async () => {
    const { dependencies } = (await server.call('GET', '/health/ready')).body
    return !dependencies.postgres.healthy && !dependencies.redis.healthy
  })
  await Promise.all(stopped.map((fault) => fault?.heal()))
  await whole(server)

  const order: { kind: string; status: number; code: string }[] = []
  const send = async (kind: string, body: unknown) => {
    const answer = await server.call('POST', `/auth/${kind}`, { body })
    order.push({ kind, status: answer.status, code: answer.body.code })
  }
  // The logins are sent first.
  await Promise.all([
    ...Array.from({ length: LOGINS }, () => send('login', login.body)),
    ...sessions.map(({ refresh_token }) => send('refresh', { refresh_token })),
  ])

  const refreshes = order.filter(({ kind }) => kind === 'refresh')
  const logins = order.filter(({ kind }) => kind === 'login')
  t.strictSame([...new Set(refreshes.map(({ status }) => status))], [200], 'no refresh is shed')
  t.strictSame(
    logins.filter(({ status, code }) => status !== 200 && code !== 'overloaded'),
    [],
    'a login is done or shed, nothing else',
  )
  const done = logins.filter(({ status }) => status === 200)
  t.ok(done.length > 0, `logins go on as well: ${done.length} of ${LOGINS} were done`)
  const last = (kind: string) => order.findLastIndex((one) => one.kind === kind && one.status === 200)
  t.ok(last('refresh') < last('login'), 'the last refresh was done before the last login')
})
