import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import t, { type Test } from 'tap'
import { freePort, isPortFree, onFreePort } from '../../local/ports.ts'

async function listen(t: Test): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return (server.address() as AddressInfo).port
}

t.test('a port is free until somebody listens on it', async (t) => {
  const port = await listen(t)
  t.equal(await isPortFree(port), false)
  t.equal(await isPortFree(await freePort()), true)
})

t.test('the preferred port is taken when it is free', async (t) => {
  const free = await freePort()
  t.equal(await freePort(free), free)
  const busy = await listen(t)
  t.not(await freePort(busy), busy)
})

t.test('a start that lost the race for its port is tried on another one', async (t) => {
  const tried: number[] = []
  const result = await onFreePort(async (port) => {
    tried.push(port)
    if (tried.length < 3) throw Object.assign(new Error('taken'), { code: 'EADDRINUSE' })
    return 'started'
  })
  t.equal(result, 'started')
  t.equal(new Set(tried).size, 3)
})

t.test('other errors are not', async (t) => {
  let attempts = 0
  const start = onFreePort(async () => {
    attempts += 1
    throw new Error('broken')
  })
  await t.rejects(start, /broken/)
  t.equal(attempts, 1)
})
