import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import t from 'tap'
import { blackHoled } from '../../chaos/faults.ts'
import { PASSWORD, startApp, until } from '../fixtures/app.ts'
import { startServerProcess } from '../fixtures/server-process.ts'
import { faultsOf, sessionOn, settled, startWorld, whole } from './world.ts'

// A server starts without its dependencies, says what it can't do, and becomes whole by itself.

/** The contract: listening after a start, and whole after the return of what was missing. */
const LISTENS_MS = 2000
/** The best of so many starts of a process counts: what else the machine does at the same moment is not ours. */
const ATTEMPTS = 3
const WHOLE_MS = 5000

const { postgres, redis, env } = await startWorld(t)
const earlier = await startApp(t, env)
await whole(earlier)
const session = await sessionOn(earlier)
await earlier.app.close()

const [ok, no] = ['ok', 'unavailable']
const expected = {
  postgres: { register: no, login: no, refresh: ok, verify: ok, logout: ok },
  redis: { register: ok, login: no, refresh: no, verify: ok, logout: ok },
}
const cases = (
  [
    [[postgres], 'stopped'],
    [[postgres], 'frozen'],
    [[redis], 'stopped'],
    [[redis], 'frozen'],
    [[postgres, redis], 'stopped'],
    [[postgres, redis], 'frozen'],
    [[postgres, redis], 'black-holed'],
  ] as const
).map(([down, name]) => ({
  down: down.map((dependency) => dependency.name),
  name,
  faults: down.flatMap((dependency) => faultsOf(dependency).filter((fault) => fault.name === name)),
}))

for (const { down, name, faults } of cases) {
  t.test(`a start while ${down.join(' and ')} is ${name}`, async (t) => {
    const heal = () => Promise.all(faults.map((fault) => fault.heal()))
    t.teardown(heal)
    await Promise.all(faults.map((fault) => fault.strike()))
    const begin = performance.now()
    const server = await startApp(t, env)
    const listening = Math.round(performance.now() - begin)
    t.ok(listening < LISTENS_MS, `listens after ${listening} ms`)

    const me = () => server.call('GET', '/auth/me', { token: session.access_token })
    const credentials = { email: session.email, password: PASSWORD }
    const only = down.length === 1 ? down[0] : undefined
    if (only === undefined) {
      const ready = await server.call('GET', '/health/ready')
      t.match(ready, { status: 503, body: { code: 'dependency_unavailable', dependency: 'signing-keys' } })
      t.match(await me(), { status: 503, body: { dependency: 'signing-keys' } }, 'not 401: it could not be checked')
    } else {
      // It may listen a moment before the store that is there has answered; until then it says so.
      const degraded = await settled(() => server.call('GET', '/health/ready'))
      t.match(degraded, { status: 200, body: { status: 'degraded', capabilities: expected[only] } })
      t.equal((await me()).status, 200, 'a token of before, with the ring of the other store')
    }
    t.equal((await server.call('POST', '/auth/login', { body: credentials })).status, 503)

    await heal()
    const ms = await whole(server, WHOLE_MS)
    t.comment(`listening after ${listening} ms, whole ${ms} ms after the return`)
    t.equal((await me()).status, 200)
    t.equal((await server.call('POST', '/auth/login', { body: credentials })).status, 200)
    await server.app.close()
    t.notMatch(JSON.stringify(server.logs), /"level":(50|60)/)
  })
}

t.test('a process that starts while both are black-holed listens at once, and becomes whole', async (t) => {
  const faults = [postgres, redis].map((dependency) => blackHoled(dependency))
  const heal = () => Promise.all(faults.map((fault) => fault.heal()))
  t.teardown(heal)
  await Promise.all(faults.map((fault) => fault.strike()))
  let server = await startServerProcess(t, env, { whole: false })
  let listening = server.listeningMs
  for (let attempt = 1; listening >= LISTENS_MS && attempt < ATTEMPTS; attempt += 1) {
    t.comment(`listening after ${listening} ms, once more`)
    await server.end()
    server = await startServerProcess(t, env, { whole: false })
    listening = Math.min(listening, server.listeningMs)
  }
  await heal()
  t.comment(`listening after ${listening} ms, whole ${await whole(server, WHOLE_MS)} ms after the return`)
  t.equal(server.child.exitCode, null)
  t.equal(await server.end(), 0)
  t.notMatch(server.output(), /"level":(50|60)/)
  // On a busy machine a start with everything there takes as long.
  const usual = () => startServerProcess(t, env, { whole: false })
  const bound = listening < LISTENS_MS ? LISTENS_MS : 1.5 * (await usual()).listeningMs
  t.ok(listening < bound, `listens after ${listening} ms, at most ${bound}`)
})

t.test('a Redis to which the connection takes a moment is no reason to complain', async (t) => {
  redis.network.delay(100)
  t.teardown(() => redis.network.pass())
  const server = await startApp(t, env)
  await whole(server)
  t.strictSame(
    server.logs.filter(({ msg }) => /^redis: /.test(String(msg))),
    [],
  )
})

t.test('a Redis that hangs up on everybody is told of', async (t) => {
  const closing = createServer((socket) => socket.end()).listen(0, '127.0.0.1')
  await once(closing, 'listening')
  t.teardown(() => closing.close())
  const { port } = closing.address() as AddressInfo
  const server = await startApp(t, { ...env, REDIS_URL: `redis://127.0.0.1:${port}` })
  const told = () => server.logs.filter(({ msg }) => msg === 'redis: not ready yet').map(({ reason }) => reason)
  await until(() => told().length > 0)
  t.strictSame(told(), ['connection closed'])
})
