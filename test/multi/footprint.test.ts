import t from 'tap'
import { sessionOn } from '../faults/world.ts'
import { PASSWORD, until } from '../fixtures/app.ts'
import { startServerProcess } from '../fixtures/server-process.ts'
import { sharedEnvironment } from './instances.ts'

// How quickly a process listens, and how much memory it holds under a mixed load.

const LISTENS_MS = 1000
/** The best of at most so many starts counts: what else the machine does at the same moment is not ours. */
const STARTS = 5
const LOAD_MS = 12_000
const CLIENTS = 6
/** Of one client. */
const PAUSE_MS = 60
const RSS_LIMIT_MB = 200

const env = await sharedEnvironment(t)

t.test('the process listens in under a second', async (t) => {
  const times: number[] = []
  while (times.length < STARTS && !times.some((ms) => ms < LISTENS_MS)) {
    const server = await startServerProcess(t, env, { whole: false })
    times.push(server.listeningMs)
    t.equal(await server.end(), 0)
  }
  t.comment(`from spawn to the first answer: ${times.join(', ')} ms`)
  t.ok(Math.min(...times) < LISTENS_MS, `${Math.min(...times)} ms`)
})

t.test('it holds under 200 MB under a mixed load', async (t) => {
  const server = await startServerProcess(t, env)
  const memory = async () => {
    const { body } = await server.call('GET', '/metrics')
    return Number(/^process_resident_memory_bytes (\S+)$/m.exec(body)?.[1]) / 2 ** 20
  }
  const begin = performance.now()
  const end = begin + LOAD_MS
  const atStart = await memory()
  let highest = atStart
  const statuses: Record<number, number> = {}

  async function client(): Promise<void> {
    const session = await sessionOn(server)
    let { refresh_token, access_token: token } = session
    const credentials = { email: session.email, password: PASSWORD }
    for (let turn = 0; performance.now() < end; turn += 1) {
      const send = [
        () => server.call('GET', '/auth/me', { token }),
        () => server.call('POST', '/auth/verify', { body: { token } }),
        () => server.call('POST', '/auth/refresh', { body: { refresh_token } }),
        () => server.call('POST', '/auth/login', { body: credentials }),
        () => server.call('GET', '/auth/sessions', { token }),
        () => server.call('GET', '/.well-known/jwks.json'),
        () => server.call('GET', '/auth/revocations'),
      ][turn % 7]
      const answer = await send?.()
      if (answer === undefined) return
      statuses[answer.status] = (statuses[answer.status] ?? 0) + 1
      if (answer.body.refresh_token !== undefined && turn % 7 === 2)
        ({ refresh_token, access_token: token } = answer.body)
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
  }
  const clients = Promise.all(Array.from({ length: CLIENTS }, client))
  await until(async () => {
    highest = Math.max(highest, await memory())
    return performance.now() > end
  }, 2 * LOAD_MS)
  await clients
  const requests = Object.values(statuses).reduce((sum, count) => sum + count, 0)
  t.same(Object.keys(statuses), ['200'], `all ${requests} requests`)
  t.ok(requests > 100)
  t.ok(highest < RSS_LIMIT_MB, `${highest.toFixed(0)} MB at most`)
  t.comment(
    `${requests} requests in ${LOAD_MS / 1000} s: ${atStart.toFixed(0)} MB at first, ${highest.toFixed(0)} MB at most`,
  )
})
