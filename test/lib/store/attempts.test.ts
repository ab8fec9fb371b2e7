import { randomBytes } from 'node:crypto'
import t from 'tap'
import { AttemptStore } from '../../../lib/store/attempts.ts'
import { redisHandle } from '../../fixtures/handles.ts'
import { startServers } from '../../fixtures/servers.ts'

const { redis } = await startServers(t, { redis: true })
const { client, handle } = await redisHandle(t, redis.url)
const key = randomBytes(32)
/** Two instances. */
const [attempts, another] = [new AttemptStore(handle, key), new AttemptStore(handle, key)]
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const BUDGET = { max: 3, windowMs: 15 * MINUTE }
const [HOME, ELSEWHERE, OFFICE] = ['192.0.2.1', '198.51.100.7', '2001:db8:0:1::/64'] as const

const take = async (email: string, network: string) => {
  const { count, windowMs } = await attempts.take(email, network, BUDGET)
  return [count, windowMs / MINUTE]
}
const keysOf = async (kind: RegExp) => (await client.keys('tokenforge:attempts:*')).filter((each) => kind.test(each))
/** Ends every window that is open, and ages every known network by `ms`. */
async function pass(ms: number): Promise<void> {
  for (const each of await keysOf(/^/)) {
    for (const [field, value] of Object.entries(await client.hgetall(each))) {
      if (field === 'ends') await client.hset(each, field, Number(value) - ms)
      if (each.endsWith(':known')) await client.hset(each, field, Number(value) - ms / 1000)
    }
  }
}
t.beforeEach(() => client.flushdb())

t.test('200 attempts at once, from many networks and at two instances, are counted exactly', async (t) => {
  const states = await Promise.all(
    Array.from({ length: 200 }, (_, i) => [attempts, another][i % 2]?.take('ann', `192.0.2.${i}`, BUDGET)),
  )
  const counts = states.map((state) => Number(state?.count)).sort((a, b) => a - b)
  t.strictSame(
    counts,
    Array.from({ length: 200 }, (_, i) => i + 1),
  )
  for (const state of states) t.ok(Number(state?.resetMs) > 0 && Number(state?.resetMs) <= BUDGET.windowMs)
})

t.test('strangers can not spend the budget of a network from which the owner has logged in', async (t) => {
  await attempts.succeeded('ann', HOME)
  for (let i = 1; i <= 9; i++) t.strictSame(await take('ann', ELSEWHERE), [i, 15])
  for (let i = 1; i <= 4; i++) t.strictSame(await take('ann', HOME), [i, 15])
  t.strictSame(await take('bob', HOME), [1, 15], 'another account is not known there')
})

t.test('what an owner mistypes counts against everybody else, but not what was refused', async (t) => {
  await attempts.succeeded('ann', HOME)
  for (let i = 1; i <= 6; i++) await take('ann', HOME)
  t.strictSame(await take('ann', ELSEWHERE), [4, 15])
})

t.test('a success forgets the attempts of everybody, and knows the network', async (t) => {
  for (let i = 1; i <= 3; i++) await take('ann', HOME)
  await attempts.succeeded('ann', HOME)
  t.strictSame(await take('ann', ELSEWHERE), [1, 15])
  for (let i = 1; i <= 3; i++) await take('ann', HOME)
  await attempts.succeeded('ann', HOME)
  t.strictSame(await take('ann', HOME), [1, 15])
})

t.test('each window that is spent again keeps away for twice as long, up to an hour', async (t) => {
  for (const network of [ELSEWHERE, HOME]) {
    if (network === HOME) await attempts.succeeded('ann', HOME)
    for (const minutes of [15, 30, 60, 60]) {
      for (let i = 1; i <= 3; i++) t.strictSame(await take('ann', network), [i, 15])
      t.strictSame(await take('ann', network), [4, minutes])
      t.strictSame(await take('ann', network), [5, minutes], 'trying on does not prolong it')
      await pass(HOUR)
    }
  }
  t.strictSame(await take('bob', ELSEWHERE), [1, 15], 'of another account nothing is delayed')
  const [stranger = ''] = await keysOf(/\}$/)
  t.ok((await client.pttl(stranger)) <= BUDGET.windowMs, 'what was not spent is forgotten with its window')
  await attempts.succeeded('ann', HOME)
  for (let i = 1; i <= 3; i++) await take('ann', ELSEWHERE)
  t.strictSame(await take('ann', ELSEWHERE), [4, 15], 'a success begins anew')
  const [last = ''] = (await Promise.all((await keysOf(/\}$/)).map(async (each) => [each, await client.pttl(each)])))
    .toSorted((a, b) => Number(a[1]) - Number(b[1]))
    .at(-1) as [string]
  t.ok((await client.pttl(last)) > DAY - MINUTE, 'a day without an attempt as well')
})

t.test('a window that is longer than an hour stays as it is', async (t) => {
  const budget = { max: 1, windowMs: 2 * HOUR }
  for (let round = 0; round < 3; round++) {
    await attempts.take('ann', HOME, budget)
    t.match(await attempts.take('ann', HOME, budget), { count: 2, windowMs: 2 * HOUR })
    await pass(2 * HOUR)
  }
})

t.test('the last ten networks are known, for 90 days', async (t) => {
  await attempts.succeeded('ann', HOME)
  await pass(1000)
  for (let i = 0; i < 9; i++) await attempts.succeeded('ann', `203.0.113.${i}`)
  await pass(1000)
  const [known = ''] = await keysOf(/:known$/)
  t.equal(await client.hlen(known), 10)
  await attempts.succeeded('ann', OFFICE)
  t.equal(await client.hlen(known), 10)
  for (let i = 1; i <= 4; i++) await take('ann', ELSEWHERE)
  t.strictSame(await take('ann', OFFICE), [1, 15])
  t.strictSame(await take('ann', '203.0.113.8'), [1, 15])
  t.strictSame(await take('ann', HOME), [7, 15], 'the oldest has made room')
  await pass(90 * DAY)
  await attempts.take('ann', OFFICE, { ...BUDGET, windowMs: HOUR })
  t.strictSame(await take('ann', OFFICE), [2, 60], 'counted with the strangers, in their window')
  await attempts.succeeded('ann', HOME)
  t.equal(await client.hlen(known), 1, 'the others are forgotten')
  t.ok((await client.pttl(known)) > 90 * DAY - MINUTE)
})

t.test('Redis holds neither email nor address, and what belongs together in one slot', async (t) => {
  await attempts.succeeded('ann@example.com', HOME)
  await take('ann@example.com', HOME)
  const keys = await keysOf(/^/)
  t.equal(keys.length, 3)
  for (const each of keys) t.match(each, /^tokenforge:attempts:\{[\w-]{22}\}(:known|:[\w-]{12})?$/)
  const all = JSON.stringify(await Promise.all(keys.map((each) => client.hgetall(each))))
  t.notMatch(all, /ann|192\.0/)
  const other = new AttemptStore(handle, randomBytes(32))
  t.match(
    await other.take('ann@example.com', HOME, BUDGET),
    { count: 2 },
    'who lacks the key does not find the network',
  )
})
