import t from 'tap'
import { startApp, until } from '../fixtures/app.ts'
import { startServerProcess } from '../fixtures/server-process.ts'
import { sessionOn, startWorld, timed, whole } from './world.ts'

// The end of a process is bounded, whatever hangs.

const GRACE_MS = 4000
const { postgres, redis, env } = await startWorld(t, { SHUTDOWN_GRACE: `${GRACE_MS}ms` })
const freeze = () => Promise.all([postgres.server.freeze(), redis.server.freeze()])
const thaw = () => Promise.all([postgres.server.thaw(), redis.server.thaw()])

t.test('SIGTERM with both dependencies frozen, requests under way and a reader of the event stream', async (t) => {
  const server = await startServerProcess(t, env)
  const session = await sessionOn(server)
  const stream = await fetch(`${server.url}/auth/revocations`, { headers: { accept: 'text/event-stream' } })
  t.equal(stream.status, 200)
  const read = stream.text()
  t.teardown(thaw)
  await freeze()
  const { refresh_token } = session
  const waiting = [
    timed(server.call('POST', '/auth/refresh', { body: { refresh_token } })),
    timed(server.call('POST', '/auth/register', { body: { email: 'new@example.com', password: 'a long password' } })),
  ]
  await until(async () =>
    /tokenforge_guard_in_flight\{dependency="redis",state="running"\} [2-9]/.test(await metrics()),
  )
  const begin = performance.now()
  const code = await server.end()
  const ms = performance.now() - begin
  t.equal(code, 0, 'exit code')
  t.ok(ms < GRACE_MS, `ended after ${Math.round(ms)} ms`)
  for (const { status } of await Promise.all(waiting)) t.equal(status, 503, 'a request under way got its answer')
  t.match(await read, /retry: \d+/, 'the stream ended in good order')
  t.notMatch(server.output(), /"level":(50|60)|killed by timeout/)
  t.comment(`ended ${Math.round(ms)} ms after SIGTERM`)

  async function metrics(): Promise<string> {
    return (await server.call('GET', '/metrics')).body
  }
})

t.test('app.close() with both dependencies frozen', async (t) => {
  await thaw()
  const server = await startApp(t, env)
  await whole(server)
  await sessionOn(server)
  t.teardown(thaw)
  await freeze()
  const begin = performance.now()
  await server.app.close()
  const ms = Math.round(performance.now() - begin)
  t.ok(ms < GRACE_MS, `closed after ${ms} ms`)
  t.comment(`closed after ${ms} ms`)
})

t.test('SIGTERM of a process that never saw its dependencies', async (t) => {
  t.teardown(thaw)
  await freeze()
  const server = await startServerProcess(t, env, { whole: false })
  const begin = performance.now()
  t.equal(await server.end(), 0)
  const ms = Math.round(performance.now() - begin)
  t.ok(ms < GRACE_MS, `ended after ${ms} ms`)
  t.comment(`ended after ${ms} ms`)
})
