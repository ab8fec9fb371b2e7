import { join } from 'node:path'
import pg from 'pg'
import t from 'tap'
import { startPostgres } from '../../local/postgres.ts'
import { childrenOf, startMark } from '../../local/processes.ts'
import { startServers } from '../fixtures/servers.ts'
import { temporaryFolder } from '../fixtures/temporary-folder.ts'

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 500, query_timeout: 500 })
  client.on('error', () => {})
  try {
    await client.connect()
    return (await client.query(sql)).rows
  } finally {
    client.end().catch(() => {})
  }
}

t.test('a life of faults', async (t) => {
  const { postgres } = await startServers(t, { postgres: true })
  const url = postgres.url
  await query(url, 'CREATE TABLE kept (n int)')

  await t.test('stop and start keep the port and the data', async (t) => {
    await query(url, 'INSERT INTO kept VALUES (1)')
    await postgres.stop()
    t.equal(postgres.pid, undefined)
    await t.rejects(query(url, 'SELECT 1'), { code: 'ECONNREFUSED' })
    await postgres.start()
    t.same(await query(url, 'SELECT n FROM kept'), [{ n: 1 }])
  })

  await t.test('kill leaves no process, and the data comes back', async (t) => {
    await query(url, 'INSERT INTO kept VALUES (2)')
    const pid = postgres.pid ?? 0
    const family = [pid, ...(await childrenOf(pid))]
    t.ok(family.length > 1)
    await postgres.kill()
    t.same(
      await Promise.all(family.map((each) => startMark(each))),
      family.map(() => undefined),
    )
    await postgres.start()
    t.same(await query(url, 'SELECT n FROM kept ORDER BY n'), [{ n: 1 }, { n: 2 }])
  })

  await t.test('frozen, it neither answers nor refuses; thawed, open connections go on', async (t) => {
    const open = new pg.Client(url)
    await open.connect()
    await postgres.freeze()
    const answer = open.query('SELECT 1 AS one')
    await t.rejects(query(url, 'SELECT 1'), /timeout/)
    await postgres.thaw()
    t.same((await answer).rows, [{ one: 1 }])
    await open.end()
  })

  await t.test('a frozen one can be killed and stopped', async (t) => {
    await postgres.freeze()
    await postgres.kill()
    await postgres.start()
    await postgres.freeze()
    await postgres.stop()
    t.equal(postgres.pid, undefined)
    await postgres.start()
    t.same(await query(url, 'SELECT count(*)::int AS n FROM kept'), [{ n: 2 }])
  })
})

t.test('the next start ends what a killed one left running, and keeps the data', async (t) => {
  const { postgres: first } = await startServers(t, { postgres: true })
  await query(first.url, 'CREATE TABLE kept (n int)')
  const { password, port } = new URL(first.url)
  const left = first.pid ?? 0
  const second = await startPostgres({ dir: join(first.logFile, '..'), port: Number(port), password, durable: false })
  t.teardown(() => second.stop())
  t.equal(await startMark(left), undefined)
  t.same(await query(second.url, 'SELECT * FROM kept'), [])
})

t.test('what is wrong is said in words', async (t) => {
  const { postgres, redis } = await startServers(t, { postgres: true, redis: true })
  const { port, password } = new URL(postgres.url)
  const dir = join(temporaryFolder(t), 'postgres')

  await t.test('another Postgres on the port', async (t) => {
    await t.rejects(startPostgres({ dir, port: Number(port), password: 'another', durable: false }), {
      code: 'EADDRINUSE',
    })
  })
  await t.test('something else on the port', async (t) => {
    await t.rejects(startPostgres({ dir, port: redis.port, password: 'another', durable: false }), {
      code: 'EADDRINUSE',
    })
  })
  await t.test('a password that is not the one of the data', async (t) => {
    await postgres.stop()
    await t.rejects(
      startPostgres({ dir: join(postgres.logFile, '..'), port: Number(port), password: `${password}x` }),
      /password authentication failed/,
    )
  })
})
