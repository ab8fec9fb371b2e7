import t from 'tap'
import { redisCommand, sessionOn } from '../faults/world.ts'
import { testEnvironment, until } from '../fixtures/app.ts'
import { startServers } from '../fixtures/servers.ts'
import { sharedDatabase } from '../fixtures/shared-postgres.ts'
import { startInstance, statusOf } from './instances.ts'

// A Redis that takes no writes can still be read: an instance that starts meanwhile learns who has logged out before.

type Command = [string, ...string[]]

const FAULTS: Record<string, { strike: Command; heal: Command }> = {
  'out of memory': { strike: ['CONFIG', 'SET', 'maxmemory', '1'], heal: ['CONFIG', 'SET', 'maxmemory', '0'] },
  'a replica by now': { strike: ['REPLICAOF', '127.0.0.1', '1'], heal: ['REPLICAOF', 'NO', 'ONE'] },
}

const { redis } = await startServers(t, { redis: true })
const url = await sharedDatabase(t)
const env = testEnvironment({ postgres: url, redis: redis.url }, { LOG_LEVEL: 'warn', SIGNING_ALG: 'ES256' })

for (const [name, { strike, heal }] of Object.entries(FAULTS)) {
  t.test(`a session that ended before is refused by an instance that starts while Redis is ${name}`, async (t) => {
    const before = await startInstance(t, env)
    const [left, stays] = [await sessionOn(before), await sessionOn(before)]
    t.equal((await before.call('POST', '/auth/logout', { token: left.access_token })).status, 204)
    await redisCommand(redis.url, ...strike)
    t.teardown(() => redisCommand(redis.url, ...heal))

    const after = await startInstance(t, env, { whole: false })
    await until(async () => (await statusOf(after, left.access_token)) === 401, 1000)
    t.equal(await statusOf(after, stays.access_token), 200)
    const { body } = await after.call('GET', '/health/ready')
    t.match(body.capabilities, { login: 'unavailable', refresh: 'unavailable', verify: 'ok' })

    await redisCommand(redis.url, ...heal)
    await until(async () => (await after.call('GET', '/health/ready')).body.status === 'ok', 10_000)
  })
}
