import type { ServerResponse } from 'node:http'
import t, { type Test } from 'tap'
import { Balancer } from '../../../chaos/workload/balancer.ts'
import { json, startFakeServer } from './fake-server.ts'
import { startClients } from './world.ts'

/** A server whose readiness and answers the test sets. */
async function startInstance(t: Test, name: string) {
  const state = { ready: true, draining: false }
  const server = await startFakeServer(t, name, (response: ServerResponse, { url }) => {
    if (url === '/health/ready') return json(state.ready ? 200 : 503, {})(response)
    if (state.draining) return json(503, { code: 'dependency_unavailable' }, { connection: 'close' })(response)
    json(200, { status: 'ok' })(response)
  })
  return { ...server, state }
}

async function startPair(t: Test) {
  const [one, two] = [await startInstance(t, 'one'), await startInstance(t, 'two')]
  const balancer = new Balancer([one, two], { pollMs: 60_000 })
  t.teardown(() => balancer[Symbol.asyncDispose]())
  await balancer.look()
  return { one, two, balancer, ...startClients(t, balancer) }
}

t.test('requests go round the instances that are ready', async (t) => {
  const { one, two, balancer, client } = await startPair(t)
  t.strictSame(
    balancer.ready.map(({ name }) => name),
    ['one', 'two'],
  )
  for (let i = 0; i < 10; i += 1) await client.health('live')
  t.strictSame([one.seen(), two.seen()], [5, 5])
  one.state.ready = false
  await balancer.look()
  for (let i = 0; i < 10; i += 1) await client.health('live')
  t.strictSame([one.seen(), two.seen()], [5, 15])
  one.state.ready = true
  two.state.ready = false
  await balancer.look()
  await client.health('live')
  t.equal(one.seen(), 6, 'it is back')
})

t.test('a refused connection and a server on its way out are another one’s requests, and one operation', async (t) => {
  const { one, two, balancer, client, history } = await startPair(t)
  await one.close()
  const results = [await client.health('live'), await client.health('live'), await client.health('live')]
  t.strictSame(
    results.map(({ type, instance }) => [type, instance]),
    Array(3).fill(['ok', 'two']),
  )
  t.equal(history.size, 6)
  t.equal(balancer.retried, 1, 'nobody asks it any more')
  const three = await startInstance(t, 'three')
  balancer.set([two, three])
  await balancer.look()
  three.state.draining = true
  const more = [await client.health('live'), await client.health('live')]
  t.strictSame(
    more.map(({ type, instance }) => [type, instance]),
    Array(2).fill(['ok', 'two']),
  )
})

t.test('with nobody ready all are tried, and what they say is the answer', async (t) => {
  const { one, two, balancer, client } = await startPair(t)
  one.state.draining = true
  two.state.draining = true
  t.match(await client.health('live'), { type: 'info', status: 503 })
  t.strictSame([one.seen(), two.seen()], [1, 1], 'each once')
  await one.close()
  await two.close()
  await balancer.look()
  t.strictSame(balancer.ready, [])
  t.match(await client.health('live'), { type: 'info', error: 'ECONNREFUSED' })
})

t.test('it looks again and again by itself', async (t) => {
  const server = await startInstance(t, 'one')
  const balancer = new Balancer([server], { pollMs: 20 })
  t.teardown(() => balancer[Symbol.asyncDispose]())
  const end = performance.now() + 5000
  const until = async (count: number) => {
    while (balancer.ready.length !== count && performance.now() < end) await new Promise((next) => setTimeout(next, 5))
    t.equal(balancer.ready.length, count)
  }
  await until(1)
  server.state.ready = false
  await until(0)
})
