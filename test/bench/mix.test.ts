import t from 'tap'
import { chains, refreshTokenIn } from '../../bench/peers/chain.ts'
import { mixed, spread } from '../../bench/peers/mix.ts'
import { repeating } from '../../bench/peers/peer.ts'

const get = (path: string) => ({ method: 'GET', path }) as const

t.test('a round of the mix is 1 login, 20 refreshes and 200 verifications, well spread', async (t) => {
  const order = spread()
  t.equal(order.length, 221)
  t.equal(order.filter((part) => part === 'refresh').length, 20)
  t.equal(order.filter((part) => part === 'login').length, 1)
  t.notMatch(order.join(' '), /refresh refresh/)
})

t.test('each client carries on its own chain, also after an answer that gave no token', async (t) => {
  const newCaller = chains(['a1', 'b1'], get, refreshTokenIn)
  const [a, b] = [newCaller(), newCaller()]
  t.equal(a.next().path, 'a1')
  a.took?.(200, '{"refresh_token":"a2"}')
  a.took?.(503, '{}')
  t.same([a.next().path, a.next().path, b.next().path], ['a2', 'a2', 'b1'])
})

t.test('the mix asks the same again until there was an answer', async (t) => {
  const part = (path: string) => repeating([get(path)])
  const caller = mixed({ login: part('login'), refresh: part('refresh'), verify: part('verify') })()
  const seen = new Map<string, number>()
  for (let i = 0; i < 221; i += 1) {
    const { path } = caller.next()
    t.equal(caller.next().path, path)
    caller.took?.(200, '')
    seen.set(path, (seen.get(path) ?? 0) + 1)
  }
  t.same(Object.fromEntries(seen), { login: 1, refresh: 20, verify: 200 })
})
