import t from 'tap'
import { BudgetStore } from '../../../lib/store/budgets.ts'
import { until } from '../../fixtures/app.ts'
import { redisHandle } from '../../fixtures/handles.ts'
import { startServers } from '../../fixtures/servers.ts'

const { redis } = await startServers(t, { redis: true })
const handle = await redisHandle(t, redis.url)
const budgets = new BudgetStore(handle.handle)
const MINUTE = { windowMs: 60_000 }

t.test('200 calls at once are counted exactly', async (t) => {
  const states = await Promise.all(Array.from({ length: 200 }, () => budgets.take('address', 'a', MINUTE)))
  t.strictSame(
    states.map(({ count }) => count).toSorted((a, b) => a - b),
    Array.from({ length: 200 }, (_, i) => i + 1),
  )
  for (const { resetMs } of states) t.ok(resetMs > 0 && resetMs <= 60_000)
})

t.test('each policy and each subject has its own', async (t) => {
  t.match(await budgets.take('address', 'b', MINUTE), { count: 1 })
  t.match(await budgets.take('another', 'b', MINUTE), { count: 1 })
  t.match(await budgets.take('address', 'c', MINUTE), { count: 1 })
  t.match(await budgets.take('address', 'b', MINUTE), { count: 2 })
})

t.test('a window begins with its first call and ends in its time, however often it is used', async (t) => {
  const short = { windowMs: 150 }
  const first = await budgets.take('address', 'd', short)
  t.strictSame(first, { count: 1, resetMs: 150 })
  let last = first
  const anew = await until(async () => {
    const state = await budgets.take('address', 'd', short)
    if (state.count === 1) return state
    if (state.resetMs > last.resetMs) throw new Error('a call has prolonged the window')
    last = state
    return null
  })
  t.ok(last.count > 1)
  t.strictSame(anew, { count: 1, resetMs: 150 })
})

t.test('a counter that has no end gets one', async (t) => {
  await budgets.take('address', 'e', MINUTE)
  const [key = ''] = (await handle.client.keys('tokenforge:budget:address:*')).filter((each) => each)
  await handle.client.persist(key)
  for (const subject of ['a', 'b', 'c', 'd', 'e']) await budgets.take('address', subject, MINUTE)
  t.ok((await handle.client.pttl(key)) > 0)
})

t.test('Redis holds no address', async (t) => {
  await budgets.take('address', '2001:db8::1', MINUTE)
  const keys = await handle.client.keys('*')
  for (const key of keys) t.match(key, /^tokenforge:budget:\w+:\{[\w-]{22}\}$/)
})
