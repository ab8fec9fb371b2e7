import { setImmediate as turn } from 'node:timers/promises'
import Fastify from 'fastify'
import t from 'tap'
import app, { fastifyOptions } from '../../../app.ts'
import { loadConfig } from '../../../lib/config.ts'
import { PASSWORD, testEnvironment } from '../../fixtures/app.ts'

const TURN_MS = 700
const MOST_TURNS = 20

/** Keeps the event loop late, without work for the machine, for as long as it says so. */
async function keepLate(goOn: () => boolean): Promise<void> {
  const nobody = new Int32Array(new SharedArrayBuffer(4))
  for (let turns = 0; goOn() && turns < MOST_TURNS; turns += 1) {
    Atomics.wait(nobody, 0, 0, TURN_MS)
    await turn()
  }
}

t.test('while the event loop is late, logins are refused, and what keeps users logged in is not', async (t) => {
  const nowhere = { postgres: 'postgres://127.0.0.1:1/none', redis: 'redis://127.0.0.1:1' }
  const config = loadConfig(testEnvironment(nowhere))
  const server = Fastify(fastifyOptions(config))
  await server.register(app, { config })
  t.teardown(() => server.close())
  await server.ready()
  const { loadShedding } = server
  t.equal(loadShedding.lateMs, 0)

  await keepLate(() => loadShedding.lateMs <= 500)
  t.ok(loadShedding.lateMs > 500, `late by ${loadShedding.lateMs} ms`)
  let waiting = 0
  async function post(url: string, payload: object) {
    waiting += 1
    const answer = await server.inject({ method: 'POST', url, payload, headers: { host: '127.0.0.1' } })
    waiting -= 1
    return answer
  }
  const login = post('/auth/login', { email: 'ada@example.com', password: PASSWORD })
  const refresh = post('/auth/refresh', { refresh_token: `tfr_${'A'.repeat(96)}` })
  await keepLate(() => waiting > 0)
  t.match(await login, { statusCode: 503, headers: { 'retry-after': /^[1-4]$/ } })
  t.match((await login).json(), { code: 'overloaded' })
  t.match((await refresh).json(), { code: 'dependency_unavailable' }, 'it is looked at: there is no server to ask')
  t.equal(loadShedding.shed, 1)
})
