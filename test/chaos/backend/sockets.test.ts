import { EventEmitter } from 'node:events'
import t from 'tap'
import { readSettings } from '../../../chaos/backend/settings.ts'
import { Connection } from '../../../chaos/backend/sockets/connection.ts'
import { CLOSE } from '../../../chaos/backend/sockets/protocol.ts'
import { hang, JWKS } from '../../verifier/front.ts'
import { AUDIENCE, newKey } from '../../verifier/stub-issuer.ts'
import { refusal, startWorld } from './world.ts'

const soon = (ms: number) => new Promise((done) => setTimeout(done, ms))

t.test('an upgrade needs a good token, and room', async (t) => {
  const { url, issuer, connect } = await startWorld(t, { MAX_SOCKETS: '1' })
  t.equal(await refusal(url), 401)
  t.equal(await refusal(url, await issuer.token({ key: await newKey() })), 401)
  const first = await connect(await issuer.token())
  t.match(first.welcome, { type: 'welcome', connection: String, expires_at: /^20\d\d-/ })
  t.equal(await refusal(url, await issuer.token()), 503)
  first.socket.close()
  await first.closed
  while ((await refusal(url, await issuer.token())) !== 101) await soon(10)
})

t.test('a ping is answered on the same connection', async (t) => {
  const { issuer, connect } = await startWorld(t)
  const { ask, welcome } = await connect(await issuer.token())
  const { connection } = welcome
  t.strictSame(await ask({ type: 'ping', id: 1 }), { type: 'pong', id: 1, connection })
  t.strictSame(await ask({ type: 'ping', id: 'two' }), { type: 'pong', id: 'two', connection })
})

t.test('what is no message of the protocol closes it', async (t) => {
  const { issuer, connect } = await startWorld(t)
  const bad = [
    'nothing',
    '7',
    'null',
    '{"type":"ping"}',
    `{"type":"ping","id":"${'x'.repeat(65)}"}`,
    '{"type":"token"}',
  ]
  for (const text of bad) {
    const { socket, closed } = await connect(await issuer.token())
    socket.send(text)
    t.equal(await closed, 4400, text)
  }
  const binary = await connect(await issuer.token())
  binary.socket.send(Buffer.from('{"type":"ping","id":1}'))
  t.equal(await binary.closed, 4400, 'binary')
  const long = await connect(await issuer.token())
  long.socket.send('x'.repeat(20_000))
  t.equal(await long.closed, 1009, 'too long (RFC 6455 section 7.4.1)')
})

t.test('a fresh token takes the place of the one before it expires', async (t) => {
  const { issuer, connect } = await startWorld(t, { TOKEN_GRACE_MS: '100' })
  const now = Math.floor(Date.now() / 1000)
  const { ask, closed } = await connect(await issuer.token({ claims: { exp: now + 2 } }))
  const later = now + 4
  const accepted = await ask({ type: 'token', token: await issuer.token({ claims: { exp: later } }) })
  t.strictSame(accepted, { type: 'token_accepted', expires_at: new Date(later * 1000).toISOString() })
  const bad = await ask({ type: 'token', token: 'rubbish' })
  t.strictSame(bad, { type: 'token_refused', code: 'invalid_token' }, 'and the socket goes on')
  await soon(later * 1000 - 1000 - Date.now())
  t.match(await ask({ type: 'ping', id: 1 }), { type: 'pong' }, 'beyond the first token')
  t.equal(await closed, 4408, 'the second has expired')
  t.ok(Date.now() >= later * 1000 + 100, 'after its grace')
})

t.test('a token of somebody else, or of another session, closes it', async (t) => {
  const { issuer, connect } = await startWorld(t)
  for (const claims of [{ sub: 'mallory' }, { sid: 'another' }]) {
    const { socket, closed } = await connect(await issuer.token())
    socket.send(JSON.stringify({ type: 'token', token: await issuer.token({ claims }) }))
    t.equal(await closed, 4403)
  }
})

t.test('a revoked session ends its sockets at once, and no other', async (t) => {
  const { issuer, connect, tell, get } = await startWorld(t)
  const [one, two, other] = [
    await connect(await issuer.token()),
    await connect(await issuer.token()),
    await connect(await issuer.token({ claims: { sid: 'other' } })),
  ]
  const begin = performance.now()
  const expires_at = new Date(Date.now() + 900_000).toISOString()
  tell({ type: 'session_revoked', session_id: 'session', expires_at })
  t.strictSame(await Promise.all([one.closed, two.closed]), [4401, 4401])
  t.ok(performance.now() - begin < 1000)
  t.match(await other.ask({ type: 'ping', id: 1 }), { type: 'pong' })
  t.match(await (await get('/metrics')).text(), /backend_sockets_closed_total\{reason="revoked"\} 2/)
})

t.test('Revoke All ends every socket whose token the old key signed, and who refreshed goes on', async (t) => {
  const { issuer, connect, tell } = await startWorld(t)
  const old = await connect(await issuer.token())
  const fresh = await newKey()
  issuer.publish(fresh.jwk)
  tell({ type: 'keys_changed', epoch: 2 })
  t.equal(await old.closed, 4401)
  const again = await connect(await issuer.token({ key: fresh }))
  t.match(await again.ask({ type: 'ping', id: 1 }), { type: 'pong' })
})

t.test('after the close nothing that the client says is heard', async (t) => {
  const { issuer, app } = await startWorld(t)
  const { verifier } = app
  const sent: string[] = []
  const socket = Object.assign(new EventEmitter(), {
    bufferedAmount: 0,
    send: (text: string) => sent.push(text),
    close: (code: number) => sent.push(`closed with ${code}`),
  })
  const token = await issuer.token()
  const settings = readSettings({ AUTH_URL: issuer.url, AUDIENCE }).sockets
  const claims = await verifier.verify(token)
  const options = { socket: socket as never, token, claims, settings, verifier, isVoid: () => false }
  const connection = new Connection(options)
  connection.close(CLOSE.revoked)
  for (const text of ['{"type":"ping","id":1}', JSON.stringify({ type: 'token', token }), 'x']) {
    socket.emit('message', Buffer.from(text), false)
  }
  await soon(20)
  t.match(sent, [/welcome/, 'closed with 4401'])
  t.equal(sent.length, 2)
  socket.emit('close')
})

t.test('a key that became void while the socket opened, or while its fresh token was checked, ends it', async (t) => {
  const { issuer, app } = await startWorld(t)
  const closed: number[] = []
  const socket = Object.assign(new EventEmitter(), { send() {}, close: (code: number) => closed.push(code) })
  const token = await issuer.token()
  const settings = readSettings({ AUTH_URL: issuer.url, AUDIENCE }).sockets
  const claims = await app.verifier.verify(token)
  let isVoid = true
  const make = () =>
    new Connection({ socket: socket as never, token, claims, settings, verifier: app.verifier, isVoid: () => isVoid })
  make()
  t.strictSame(closed, [4401])
  isVoid = false
  make()
  isVoid = true
  socket.emit('message', Buffer.from(JSON.stringify({ type: 'token', token })), false)
  while (closed.length < 2) await soon(5)
  t.strictSame(closed, [4401, 4401])
  socket.emit('close')
})

t.test('one fresh token is checked at a time', async (t) => {
  const { issuer, connect } = await startWorld(t)
  const { ask, socket, next } = await connect(await issuer.token())
  issuer.answer(JWKS, hang)
  socket.send(JSON.stringify({ type: 'token', token: await issuer.token({ key: await newKey() }) }))
  const other = await issuer.token()
  t.strictSame(await ask({ type: 'token', token: other }), { type: 'token_refused', code: 'busy' })
  t.match(await ask({ type: 'ping', id: 1 }), { type: 'pong' }, 'and nothing else waits')
  t.match(await next(), { type: 'token_refused', code: 'uncheckable' })
  t.match(await ask({ type: 'token', token: other }), { type: 'token_accepted' })
})

t.test('an outage ends no socket, and a fresh token that can not be checked is no reason either', async (t) => {
  const { issuer, connect, get } = await startWorld(t)
  const { ask } = await connect(await issuer.token())
  await issuer.close()
  for (let i = 0; i < 5; i += 1) t.match(await ask({ type: 'ping', id: i }), { type: 'pong', id: i })
  const unknown = await issuer.token({ key: await newKey() })
  t.match(await ask({ type: 'token', token: unknown }), {
    type: 'token_refused',
    code: 'uncheckable',
    retry_after: Number,
  })
  t.match(
    await ask({ type: 'token', token: await issuer.token() }),
    { type: 'token_accepted' },
    'a known key is enough',
  )
  t.equal((await get('/health')).status, 200)
})

t.test('who does not answer pings is let go', async (t) => {
  const { issuer, connect, app } = await startWorld(t, { HEARTBEAT_MS: '50' })
  const [dead, alive] = [await connect(await issuer.token()), await connect(await issuer.token())]
  dead.socket.pause()
  while (app.sockets.size > 1) await soon(10)
  t.match(await alive.ask({ type: 'ping', id: 1 }), { type: 'pong' })
})

t.test('a reader that lets too much pile up is cut off', async (t) => {
  const { issuer, connect, app } = await startWorld(t, { MAX_BACKLOG_BYTES: '1024' })
  const { socket } = await connect(await issuer.token())
  socket.pause()
  const id = 'x'.repeat(60)
  const flood = setInterval(() => {
    for (let i = 0; i < 5000 && socket.readyState === socket.OPEN; i += 1) {
      socket.send(JSON.stringify({ type: 'ping', id }), () => {})
    }
  }, 10)
  t.teardown(() => clearInterval(flood))
  while (app.sockets.size > 0) await soon(10)
  clearInterval(flood)
  t.pass('it is gone')
})

t.test('an orderly end says good-bye', async (t) => {
  const { issuer, connect, app } = await startWorld(t)
  const { closed } = await connect(await issuer.token())
  await app.close()
  t.equal(await closed, 1001)
})
