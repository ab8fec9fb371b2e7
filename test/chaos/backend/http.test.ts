import t from 'tap'
import { hang, json, status } from '../../verifier/front.ts'
import { startWorld } from './world.ts'

t.test('who is logged in is told who they are, others are refused', async (t) => {
  const { get, issuer } = await startWorld(t)
  const good = await get('/me', await issuer.token({ claims: { email: 'ada@example.com' } }))
  t.strictSame(await good.json(), { sub: 'user', email: 'ada@example.com', session_id: 'session' })
  t.equal((await get('/me')).status, 401)
  t.equal((await get('/me', await issuer.token({ claims: { exp: 1 } }))).status, 401)
  t.match(await (await get('/nothing')).json(), { status: 404, code: 'not_found' })
})

t.test('what the auth server alone knows is passed on, also its refusals', async (t) => {
  const { get, issuer, url } = await startWorld(t)
  let shown: string | undefined
  issuer.answer('/auth/sessions', (request, response) => {
    shown = request.headers.authorization
    json({ sessions: [] })(request, response)
  })
  const token = await issuer.token()
  t.strictSame(await (await get('/sessions', token)).json(), { sessions: [] })
  t.equal(shown, `Bearer ${token}`, "the caller's own token goes along")
  issuer.answer('/auth/login', (_request, response) => {
    const headers = { 'content-type': 'application/problem+json', 'retry-after': '7' }
    response.writeHead(503, headers).end('{"code":"dependency_unavailable","dependency":"postgres"}')
  })
  const login = (body: object) =>
    fetch(`${url}/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  for (let i = 0; i < 10; i += 1) {
    const answer = await login({ email: 'ada@example.com', password: 'quiet herons' })
    t.equal(answer.headers.get('retry-after'), '7')
    t.match(await answer.json(), { code: 'dependency_unavailable', dependency: 'postgres' })
  }
  t.match(await (await get('/health')).json(), { auth: { breaker: 'closed' } }, 'somebody has answered')
  t.match(await (await login({ email: 'ada@example.com' })).json(), { status: 400, code: 'bad_request' })
})

for (const [how, handler] of [
  ['hangs', hang],
  ['is broken', status(502)],
] as const) {
  t.test(`the auth server ${how}: the breaker opens, nobody asks any more, other routes are unharmed`, async (t) => {
    const { get, issuer } = await startWorld(t, { AUTH_TIMEOUT_MS: '100', AUTH_HALF_OPEN_AFTER_MS: '400' })
    const token = await issuer.token()
    issuer.answer('/auth/sessions', handler)
    for (let i = 0; i < 5; i += 1) {
      const answer = await get('/sessions', token)
      t.equal(answer.headers.get('retry-after'), '1')
      t.match(await answer.json(), { status: 503, code: 'auth_unavailable', dependency: 'auth', breaker: String })
    }
    const asked = issuer.count('/auth/sessions')
    t.equal(asked, 5)
    t.match(await (await get('/sessions', token)).json(), { breaker: 'open' })
    t.equal(issuer.count('/auth/sessions'), asked, 'refused without a call')
    t.equal((await get('/me', token)).status, 200)
    t.match(await (await get('/health')).json(), { status: 'degraded', auth: { breaker: 'open' } })
    t.match(await (await get('/metrics')).text(), /backend_auth_breaker\{state="open"\} 1/)
    issuer.answer('/auth/sessions', json({ sessions: [] }))
    while ((await get('/sessions', token)).status !== 200) await new Promise((done) => setTimeout(done, 20))
    t.match(await (await get('/health')).json(), { status: 'ok', auth: { breaker: 'closed' } })
  })
}

t.test('half-open, one call goes out and nobody waits behind it', async (t) => {
  const { get, issuer } = await startWorld(t, { AUTH_TIMEOUT_MS: '20000', AUTH_HALF_OPEN_AFTER_MS: '50' })
  const token = await issuer.token()
  issuer.answer('/auth/sessions', status(502))
  for (let i = 0; i < 5; i += 1) await get('/sessions', token)
  await new Promise((done) => setTimeout(done, 60))
  // The trial is answered only when all others have been: whoever waits behind it would wait for its time-out.
  const othersRefused = Promise.withResolvers<void>()
  issuer.answer('/auth/sessions', async (request, response) => {
    await othersRefused.promise
    json({ sessions: [] })(request, response)
  })
  const before = issuer.count('/auth/sessions')
  const statuses: number[] = []
  const ask = async () => {
    const answer = await get('/sessions', token)
    if (statuses.push(answer.status) === 19) othersRefused.resolve()
  }
  await Promise.all(Array.from({ length: 20 }, ask))
  t.equal(issuer.count('/auth/sessions') - before, 1)
  t.strictSame(statuses, [...Array(19).fill(503), 200], 'only the trial waited')
})
