import t from 'tap'
import { PASSWORD, until } from '../fixtures/app.ts'
import { startServerProcess } from '../fixtures/server-process.ts'
import { keepAliveClient } from './keep-alive-clients.ts'
import { sessionOn, startWorld } from './world.ts'

// SIGTERM under load: what was asked on an open connection is answered, then the client goes elsewhere.

const GRACE_MS = 4000
const CLIENTS = 12
/** Between two requests of a client, at most: some connections are idle at any moment, and about to be used. */
const PAUSE_MS = 8

const { env } = await startWorld(t, { SHUTDOWN_GRACE: `${GRACE_MS}ms` })

t.test('SIGTERM under load', async (t) => {
  const server = await startServerProcess(t, env)
  let answered = 0
  const sessions: Awaited<ReturnType<typeof sessionOn>>[] = []
  while (sessions.length < CLIENTS) sessions.push(await sessionOn(server))
  const clients = sessions.map(({ email, access_token: token, ...session }, i) => {
    let { refresh_token } = session
    const turns = [
      (send) => send('GET', '/auth/me', { token }),
      (send) => send('POST', '/auth/verify', { body: { token } }),
      async (send) => {
        const { status, body } = await send('POST', '/auth/refresh', { body: { refresh_token } })
        if (status === 200) refresh_token = (body as { refresh_token: string }).refresh_token
      },
      (send) => send('POST', '/auth/login', { body: { email, password: PASSWORD } }),
    ] satisfies Parameters<typeof keepAliveClient>[2][]
    return keepAliveClient(server.url, PAUSE_MS, async (send) => {
      await turns[(answered + i) % turns.length]?.(send)
      answered += 1
    })
  })
  await until(() => answered > 20 * CLIENTS)
  const begin = performance.now()
  const code = await server.end()
  const ms = Math.round(performance.now() - begin)
  const tallies = await Promise.all(clients)

  t.equal(code, 0, 'exit code')
  t.ok(ms < GRACE_MS, `ended after ${ms} ms`)
  t.same(
    tallies.flatMap((tally) => tally.cut),
    [],
    'no request was cut',
  )
  const statuses = new Set(tallies.flatMap((tally) => Object.keys(tally.statuses)))
  t.same([...statuses], ['200'], 'and each was served')
  t.notMatch(server.output(), /"level":(50|60)/)
  t.comment(`${answered} requests of ${CLIENTS} clients, ended ${ms} ms after SIGTERM`)
})

t.test('a keep-alive client that asks nothing more does not hold the process', async (t) => {
  const server = await startServerProcess(t, env)
  const { access_token: token, email } = await sessionOn(server)
  let logins = 0
  const client = keepAliveClient(server.url, 1, async (send) => {
    const login = send('POST', '/auth/login', { body: { email, password: PASSWORD } })
    logins += 1
    await login
    if (server.child.killed) await new Promise((resolve) => server.child.once('exit', resolve))
  })
  await until(() => logins > 3)
  t.equal((await server.call('GET', '/auth/me', { token })).status, 200)
  const begin = performance.now()
  t.equal(await server.end(), 0, 'exit code')
  const ms = Math.round(performance.now() - begin)
  t.ok(ms < GRACE_MS, `ended after ${ms} ms`)
  t.same((await client).cut, [])
  t.comment(`ended ${ms} ms after SIGTERM`)
})
