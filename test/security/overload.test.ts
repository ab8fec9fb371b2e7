import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { json } from 'node:stream/consumers'
import t from 'tap'
import { type Answer, newSession, PASSWORD, until } from '../fixtures/app.ts'
import { isProblem } from '../routes/expect.ts'
import { startWorld } from '../routes/world.ts'
import { attacksOn, startTarget } from './target.ts'

const world = await startWorld(t)

const app = await startTarget(t, world, { ACCOUNT_RATE_LIMIT: '3/1h', LOGIN_RATE_LIMIT: '12/1h' })
const costly = await startTarget(t, world, { BCRYPT_COST: '10' })
const attack = attacksOn(t, app)
attack('A34', 'with the hashing queue full every password route refuses at once, and spends no budget', async (t) => {
  const { email, refresh_token, access_token: token } = await newSession(app)
  const login = (password: string) => app.call('POST', '/auth/login', { body: { email, password } })

  const { hashing } = app.app
  const places = Array.from({ length: hashing.capacity }, () => hashing.admit())
  const change = { current_password: PASSWORD, new_password: 'another fine password' }
  const refused = [
    await app.call('POST', '/auth/register', { body: { email: 'new@example.com', password: PASSWORD } }),
    await app.call('POST', '/auth/password', { token, body: change }),
    ...(await Promise.all(Array.from({ length: 20 }, () => login('wrong password')))),
  ]
  for (const answer of refused) {
    isProblem(t, answer, { status: 503, code: 'overloaded', dependency: 'password-hashing' })
    t.match(answer.headers.get('retry-after'), /^[1-9]\d*$/)
  }
  t.equal((await app.call('GET', '/auth/me', { token })).status, 200)
  t.equal((await app.call('POST', '/auth/refresh', { body: { refresh_token } })).status, 200)
  t.match((await app.call('GET', '/metrics')).body, /^tokenforge_shed_total\{queue="password_hashing"\} 22$/m)

  for (const place of places) place.release()
  const wrong = [await login('wrong password'), await login('wrong password'), await login('wrong password')]
  t.strictSame(
    wrong.map(({ status }) => status),
    [401, 401, 401],
    'the whole budget of the account is still there',
  )
  isProblem(t, await login('wrong password'), { status: 429, code: 'too_many_attempts' })
})

attack('A34', 'what can not be hashed is refused by its headers alone, before its body is there', async (t) => {
  const { hashing } = app.app
  const places = Array.from({ length: hashing.capacity }, () => hashing.admit())
  for (const path of ['/auth/register', '/auth/login', '/auth/password']) {
    const headers = { 'content-type': 'application/json', 'content-length': 100 }
    const sent = httpRequest(app.url + path, { method: 'POST', headers })
    sent.flushHeaders()
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    t.match(await json(answer), { status: 503, code: 'overloaded' }, path)
    t.match(answer.headers['retry-after'], /^[1-9]\d*$/, path)
    sent.destroy()
  }
  for (const place of places) place.release()
})

attacksOn(t, costly)(
  'A34',
  '150 logins at once are served as far as they can be, and the rest of the server goes on',
  async (t) => {
    const { access_token: token, email } = await newSession(costly)
    const seen: Promise<Answer>[] = []
    const storm = Array.from({ length: 150 }, async (_, number) => {
      const body = { email: `nobody${number}@example.com`, password: 'wrong password' }
      const answer = await costly.call('POST', '/auth/login', { body })
      seen.push(costly.call('GET', '/auth/me', { token }))
      return answer
    })
    const answers = await Promise.all(storm)
    const shed = answers.filter(({ status }) => status === 503)
    t.strictSame([...new Set(answers.map(({ status }) => status))].sort(), [401, 503])
    for (const answer of shed) {
      isProblem(t, answer, { status: 503, code: 'overloaded', dependency: 'password-hashing' })
      t.match(answer.headers.get('retry-after'), /^[1-9]\d*$/)
    }
    t.strictSame([...new Set((await Promise.all(seen)).map(({ status }) => status))], [200])
    t.equal((await costly.call('POST', '/auth/login', { body: { email, password: PASSWORD } })).status, 200)
    t.equal(costly.app.hashing.admitted, 0, 'every place is given back')
  },
)

attacksOn(t, costly)('A34', 'who hangs up while its password is hashed keeps no place in the queue', async (t) => {
  const { hashing, server } = costly.app
  const admit = hashing.admit.bind(hashing)
  t.teardown(() => {
    hashing.admit = admit
  })
  const body = { email: 'nobody@example.com', password: 'wrong password' }
  const headers = { 'content-type': 'application/json' }
  for (let round = 0; round < 2; round += 1) {
    // No hash begins before they all have left.
    const left = Promise.withResolvers<void>()
    t.teardown(left.resolve)
    hashing.admit = () => {
      const place = admit()
      const run: typeof place.run = async (work) => {
        await left.promise
        return place.run(work)
      }
      return { ...place, run }
    }
    const closed: Promise<unknown>[] = []
    // A reset is an end as well, at which `once` would fail.
    const onConnection = (socket: Socket) => closed.push(new Promise((resolve) => socket.once('close', resolve)))
    server.on('connection', onConnection)
    const sent = Array.from({ length: 3 }, () => {
      const request = httpRequest(`${costly.url}/auth/login`, { method: 'POST', headers, agent: false })
      request.on('error', () => {}).end(JSON.stringify(body))
      return request
    })
    await until(() => hashing.admitted === sent.length)
    server.off('connection', onConnection)
    for (const request of sent) request.destroy()
    await Promise.all(closed)
    left.resolve()
    await until(() => hashing.admitted === 0)
  }
  hashing.admit = admit
  t.equal((await costly.call('POST', '/auth/login', { body })).status, 401, 'the next one is answered')
})
