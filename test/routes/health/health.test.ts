import t from 'tap'
import { startApp, until } from '../../fixtures/app.ts'
import { isProblem, JSON_TYPE } from '../expect.ts'
import { startAlone, startWorld } from '../world.ts'

const ALL_OK = { register: 'ok', login: 'ok', refresh: 'ok', verify: 'ok', logout: 'ok' }
const WELL = { state: 'closed', healthy: true }
const world = await startWorld(t)
const { call, env } = await world.start(t)

t.test('with everything there, the instance is live and ready', async (t) => {
  const live = await call('GET', '/health/live')
  t.equal(live.status, 200)
  t.match(live.headers.get('content-type'), JSON_TYPE)
  t.strictSame(live.body, { status: 'ok' })
  // The ring is there a moment before the call that brought it has ended.
  const ready = await until(async () => {
    const answer = await call('GET', '/health/ready')
    return answer.body.dependencies['signing-keys'].state === 'closed' ? answer : undefined
  })
  t.equal(ready.status, 200)
  t.match(ready.headers.get('content-type'), JSON_TYPE)
  t.equal(ready.headers.get('cache-control'), 'no-store')
  t.strictSame(ready.body, {
    status: 'ok',
    capabilities: ALL_OK,
    dependencies: { postgres: WELL, redis: WELL, 'signing-keys': WELL },
  })
})

t.test('without a ring the instance is live, but not ready', async (t) => {
  const { call } = await startAlone(t)
  t.equal((await call('GET', '/health/live')).status, 200)
  const ready = await call('GET', '/health/ready')
  isProblem(t, ready, { status: 503, code: 'dependency_unavailable', dependency: 'signing-keys' })
  t.match(ready.headers.get('retry-after'), /^[1-9]\d*$/)
})

t.test('with another key-encryption key the instance verifies, but signs nothing', async (t) => {
  const { call } = await startApp(t, { ...env, KEY_ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64') })
  const { body } = await until(async () => {
    const ready = await call('GET', '/health/ready')
    return ready.status === 200 && ready.body.capabilities.register === 'ok' ? ready : null
  })
  t.equal(body.status, 'degraded')
  t.strictSame(body.capabilities, { ...ALL_OK, login: 'unavailable', refresh: 'unavailable' })
  t.equal(body.dependencies['signing-keys'].healthy, false)
})
