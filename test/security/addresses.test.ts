import t from 'tap'
import { type Answer, newSession } from '../fixtures/app.ts'
import { isProblem, isTooMany } from '../routes/expect.ts'
import { send } from '../routes/send.ts'
import { startWorld } from '../routes/world.ts'
import { attacksOn, startTarget, type Target } from './target.ts'

// Whoever may choose the address or the path that a budget goes by has no budget.
const WRONG = 'not the password of anybody'
const world = await startWorld(t)
const budgets = { ACCOUNT_RATE_LIMIT: '1000/1h', LOGIN_RATE_LIMIT: '2/1m' }
const byHops = await startTarget(t, world, { ...budgets, TRUST_PROXY: '1' })
const byList = await startTarget(t, world, { ...budgets, TRUST_PROXY: '127.0.0.1' })
const direct = await startTarget(t, world, { ACCOUNT_RATE_LIMIT: '3/1h', LOGIN_RATE_LIMIT: '9/1m' })

const statuses = (answers: Answer[]) => answers.map(({ status }) => status).sort()
/** A wrong login to one of them, from where a proxy says or a client claims that it comes. */
const loginAt =
  ({ call }: Target) =>
  (forwardedFor?: string, headers = {}) => {
    const forwarded = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor }
    const body = { email: 'nobody@example.com', password: WRONG }
    return call('POST', '/auth/login', { body, headers: { ...forwarded, ...headers } })
  }

for (const [name, app] of Object.entries({ 'one proxy': byHops, 'a proxy by its address': byList })) {
  attacksOn(t, app)('A26', `X-Forwarded-For of a client behind ${name}`, async (t) => {
    const from = loginAt(app)
    t.strictSame(statuses([await from('192.0.2.1'), await from('203.0.113.9, 192.0.2.1')]), [401, 401])
    isTooMany(t, await from('192.0.2.1'), 'address', 2, 60)
    isTooMany(t, await from('192.0.2.77, 192.0.2.1'), 'address', 2, 60)
    t.equal((await from('192.0.2.2')).status, 401, 'another client behind the proxy')
    t.equal((await from('192.0.2.1, 192.0.2.2')).status, 401, 'the last hop counts')
    isTooMany(t, await from('192.0.2.2'), 'address', 2, 60)
    t.equal((await from()).status, 401, 'the proxy itself')
  })
}

attacksOn(t, byHops)('A26', 'hopping within an IPv6 network of 64 bits, and IPv4 inside IPv6', async (t) => {
  const from = loginAt(byHops)
  t.strictSame(statuses([await from('2001:db8::1'), await from('2001:db8:0:0:ffff::2')]), [401, 401])
  isTooMany(t, await from('2001:db8:0:0:1:2:3:4'), 'address', 2, 60)
  t.equal((await from('2001:db8:0:1::1')).status, 401, 'the next network')
  t.strictSame(statuses([await from('::ffff:198.51.100.1'), await from('198.51.100.1')]), [401, 401])
  isTooMany(t, await from('::ffff:198.51.100.1'), 'address', 2, 60)
  t.equal((await from('::ffff:198.51.100.2')).status, 401, 'another IPv4 address')
})

const attack = attacksOn(t, direct)

attack('A26', 'every forwarding header there is, without a proxy, and spellings of the path', async (t) => {
  const { email } = await newSession(direct)
  const post = (path: string, who: string) => {
    const body = JSON.stringify({ email: who, password: WRONG })
    return send(direct.url, { method: 'POST', path, headers: { 'content-type': 'application/json' }, body })
  }
  const none = ['//auth/login', '/auth//login', '/auth/login/', '/AUTH/LOGIN', '/auth/login%00', '/auth/./login']
  for (const path of [...none, '/x/../auth/login', '/auth%2Flogin', '/auth/login;a=1', '/auth/login.json']) {
    isProblem(t, await post(path, email), { status: 404, code: 'not_found' }, path)
  }
  const same = ['/auth/login', '/auth/l%6Fgin', '/auth/login?a=1', '/%61uth/login?']
  const answers = []
  for (const path of same) answers.push(await post(path, email))
  t.strictSame(statuses(answers), [401, 401, 401, 429], 'those that are the path have one budget')

  const from = loginAt(direct)
  t.equal((await from('192.0.2.9', { forwarded: 'for=192.0.2.9' })).status, 401)
  t.equal((await from('192.0.2.10', { 'x-real-ip': '192.0.2.10', 'x-client-ip': '192.0.2.10' })).status, 401)
  t.equal((await from('192.0.2.11', { 'cf-connecting-ip': '192.0.2.11', 'true-client-ip': '192.0.2.11' })).status, 401)
  isTooMany(t, await from('192.0.2.12', { 'x-forwarded-host': 'evil.example' }), 'address', 9, 60)
})
