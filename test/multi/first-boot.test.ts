import pg from 'pg'
import t from 'tap'
import { sessionOn, settled } from '../faults/world.ts'
import { startServerProcess } from '../fixtures/server-process.ts'
import { ringOf, sharedEnvironment, statusOf } from './instances.ts'

// Several instances start at the same moment on empty stores: one schema, one key ring.

const INSTANCES = 3

t.test('processes start together on an empty database', async (t) => {
  const env = await sharedEnvironment(t, { LOG_LEVEL: 'info' })
  const begin = performance.now()
  const servers = await Promise.all(Array.from({ length: INSTANCES }, () => startServerProcess(t, env)))
  t.comment(`all ${INSTANCES} whole after ${Math.round(performance.now() - begin)} ms`)

  const client = new pg.Client(env.DATABASE_URL)
  await client.connect()
  const { rows } = await client.query('SELECT version, count(*)::int AS times FROM schema_migrations GROUP BY version')
  const { rows: rings } = await client.query('SELECT digest, version FROM key_ring')
  await client.end()
  t.ok(rows.length >= 3)
  for (const { version, times } of rows) t.equal(times, 1, `migration ${version} was applied once`)
  const outputs = servers.map((server) => server.output())
  const lines = (text: string) => outputs.flatMap((output) => output.split('\n').filter((line) => line.includes(text)))
  const applied = lines('applied migrations').filter((line) => JSON.parse(line).applied.length > 0)
  t.equal(applied.length, 1, `by one of them: ${applied}`)
  t.equal(lines('made the first key ring').length, 1, 'one made the ring')
  for (const output of outputs) t.notMatch(output, /"level":(50|60)/)

  const sets = await Promise.all(servers.map((server) => settled(() => server.call('GET', '/.well-known/jwks.json'))))
  const [first] = sets
  for (const { body, headers } of sets) {
    t.same(body, first?.body, 'all serve the same key set')
    t.equal(headers.get('etag'), first?.headers.get('etag'), 'under the same ETag: a client may ask any of them')
  }
  t.equal(first?.body.keys.length, 2, 'the signing key and the next one')
  const heads = await Promise.all(servers.map(async (server) => (await ringOf(server)).version))
  t.same(new Set(heads), new Set([rings[0]?.version]), 'and hold the ring of Postgres')

  for (const server of servers) {
    const { access_token } = await sessionOn(server)
    for (const other of servers) t.equal(await statusOf(other, access_token), 200, 'a token of one is good on all')
  }
})
