import t from 'tap'
import { freePort } from '../../../local/ports.ts'
import { type FakeServer, json, startFakeServer } from './fake-server.ts'
import { startClients } from './world.ts'

const token = { token: 'secret-token', fingerprint: 'abcdef012345' }
const access = { ...token, kid: 'k1', expires: 1e9 }

t.test('every kind of answer is told apart', async (t) => {
  const problem = { status: 503, code: 'dependency_unavailable', dependency: 'redis', detail: 'come again' }
  const cases = [
    ['a refusal', json(401, { code: 'invalid_token' }), { type: 'fail', status: 401, code: 'invalid_token' }],
    ['a spent budget', json(429, { code: 'too_many_attempts' }), { type: 'fail', code: 'too_many_attempts' }],
    [
      'an outage',
      json(503, problem, { 'retry-after': '3' }),
      { type: 'info', status: 503, code: 'dependency_unavailable', dependency: 'redis', retryAfter: 3 },
    ],
    ['a leak', json(500, { detail: 'connect ECONNREFUSED' }), { type: 'info', status: 500, leak: /ECONNREFUSED/ }],
    ['no JSON', (response) => void response.writeHead(502).end('<html>'), { type: 'info', status: 502 }],
    ['a redirection', (response) => void response.writeHead(302).end(), { type: 'info', status: 302 }],
    [
      'not the contract',
      json(200, { active: false }),
      { type: 'info', status: 200, error: /not the answer of the con/ },
    ],
    [
      'half an answer',
      (response) => void response.write('{', () => response.destroy()),
      { type: 'info', error: 'CLOSED' },
    ],
    ['a reset', (response) => void response.socket?.resetAndDestroy(), { type: 'info', error: 'ECONNRESET' }],
    ['nothing', () => {}, { type: 'info', error: 'NO_ANSWER' }],
  ] as const satisfies readonly (readonly [string, Parameters<typeof startFakeServer>[2], object])[]
  for (const [what, answer, expected] of cases) {
    const server = await startFakeServer(t, 'fake', answer)
    const { client, history } = startClients(t, server, { timeoutMs: 300 })
    const result = await client.verify(access)
    t.match(result, { operation: 'verify', instance: 'fake', ...expected }, what)
    t.ok(result.ms < 1000, `${what}: ${result.ms} ms`)
    const [invoke, end] = history.events()
    t.match(invoke, { type: 'invoke', op: 1, operation: 'verify', access: token.fingerprint, kid: 'k1' }, what)
    t.match(end, { op: 1, ...expected }, `${what}: in the history`)
    t.equal(client.outstanding, 0, what)
  }
})

t.test('nobody listens', async (t) => {
  const { client } = startClients(t, { name: 'gone', url: `http://127.0.0.1:${await freePort()}` })
  t.match(await client.jwks(), { type: 'info', error: 'ECONNREFUSED' })
})

t.test('the latency counts from when it was due', async (t) => {
  const { client, history } = startClients(t, await startFakeServer(t, 'fake', json(200, { status: 'ok' })))
  const { ms } = await client.health('live', { due: history.now() - 5000 })
  t.ok(ms >= 5000 && ms < 6000, `${ms} ms`)
})

t.test('no token and no password gets into the history', async (t) => {
  const { client, history } = startClients(t, await startFakeServer(t, 'fake', json(401, { code: 'invalid_token' })))
  await client.login({ email: 'ada@example.com', password: 'secret-password' })
  await client.guess({ email: 'ada@example.com', password: 'secret-password' })
  await client.refresh(token)
  await client.me(access)
  await client.logout(token)
  await client.revokeAll({ sessions: true })
  const text = JSON.stringify(history.events())
  t.notMatch(text, /secret/)
  t.match(text, /"operation":"revoke_all".*"sessionsVoided":true/)
})

t.test('what was waiting for a connection is given up in time, and is not sent late', async (t) => {
  const server: FakeServer = await startFakeServer(t, 'fake', () => {})
  const { client } = startClients(t, server, { timeoutMs: 300, connections: 1 })
  const results = await Promise.all([client.jwks(), client.jwks(), client.jwks()])
  t.strictSame(
    results.map(({ error }) => error),
    ['NO_ANSWER', 'NO_ANSWER', 'NO_ANSWER'],
  )
  t.ok(server.seen() < 3, `${server.seen()} sent: the last had been given up by then`)
})

t.test('at its end what is under way ends, too', async (t) => {
  const server = await startFakeServer(t, 'fake', () => {})
  const { client } = startClients(t, server)
  const pending = client.jwks()
  await client[Symbol.asyncDispose]()
  t.match(await pending, { type: 'info', error: 'NOBODY_WAITS' })
})
