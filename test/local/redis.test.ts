import { Redis } from 'ioredis'
import t from 'tap'
import { ping, startRedis } from '../../local/redis.ts'
import { startServers } from '../fixtures/servers.ts'
import { temporaryFolder } from '../fixtures/temporary-folder.ts'

async function withClient<T>(url: string, use: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url, { commandTimeout: 500, retryStrategy: () => null, lazyConnect: true })
  client.on('error', () => {})
  try {
    await client.connect()
    return await use(client)
  } finally {
    client.disconnect()
  }
}

const get = (url: string): Promise<string | null> => withClient(url, (client) => client.get('kept'))
const set = (url: string): Promise<unknown> => withClient(url, (client) => client.set('kept', 'yes'))

t.test('a persistent one keeps its data over stop and kill', async (t) => {
  const { redis } = await startServers(t, { redis: true })
  await set(redis.url)
  await redis.stop()
  t.equal(redis.pid, undefined)
  await t.rejects(get(redis.url))
  await redis.start()
  t.equal(await get(redis.url), 'yes')
  await redis.kill()
  await redis.start()
  t.equal(await get(redis.url), 'yes')
})

t.test('one that is not comes back empty', async (t) => {
  const { redis } = await startServers(t, { redis: true, persistent: false })
  await set(redis.url)
  await redis.stop()
  await redis.start()
  t.equal(await get(redis.url), null)
})

t.test('frozen, it neither answers nor refuses; thawed, it goes on', async (t) => {
  const { redis } = await startServers(t, { redis: true })
  await set(redis.url)
  await redis.freeze()
  await t.rejects(get(redis.url))
  await redis.thaw()
  t.equal(await get(redis.url), 'yes')
  await redis.freeze()
  await redis.stop()
  await redis.start()
  t.equal(await get(redis.url), 'yes')
})

t.test('it refuses what does not fit, instead of forgetting something else', async (t) => {
  const { redis } = await startServers(t, { redis: true })
  const policy = await withClient(redis.url, (client) => client.config('GET', 'maxmemory-policy'))
  t.same(policy, ['maxmemory-policy', 'noeviction'])
})

t.test('nobody gets in without the password', async (t) => {
  const { redis } = await startServers(t, { redis: true })
  await t.rejects(ping(redis.port, 'a guess'), /is not ours/)
})

t.test('a port that somebody else has', async (t) => {
  const { redis, postgres } = await startServers(t, { redis: true, postgres: true })
  const dir = temporaryFolder(t)
  await t.rejects(startRedis({ dir, port: redis.port, password: 'p', persistent: false }), { code: 'EADDRINUSE' })
  await t.rejects(startRedis({ dir, port: postgres.port, password: 'p', persistent: false }), { code: 'EADDRINUSE' })
})

t.test('settings that Redis does not know', async (t) => {
  const dir = temporaryFolder(t)
  const start = startRedis({ dir, port: 20_000, password: 'p', persistent: false, settings: ['no-such-setting 1'] })
  await t.rejects(start, /no-such-setting/)
})
