import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import t, { type Test } from 'tap'
import { ADMIN_KEY, newSession, type TestApp, until } from '../../fixtures/app.ts'
import { startWorld } from '../world.ts'

interface Frame {
  id?: string
  event?: string
  data?: string
}

const world = await startWorld(t)
const app = await world.start(t)

/** An event stream as a client of the WHATWG kind reads it. */
async function open(t: Test, { url }: Pick<TestApp, 'url'>, headers: Record<string, string> = {}, query = '') {
  const request = get(`${url}/auth/revocations${query}`, {
    headers: { accept: 'text/event-stream', ...headers },
    agent: false,
  })
  const [answer] = (await once(request, 'response')) as [IncomingMessage]
  const frames: Frame[] = []
  let text = ''
  answer.setEncoding('utf8').on('data', (chunk) => {
    text += chunk
  })
  answer.on('error', () => {})
  const ended = new Promise((resolve) => answer.on('close', resolve))
  const stream = {
    answer,
    ended,
    close: () => request.destroy(),
    text: () => text,
    frames() {
      frames.length = 0
      for (const block of text.split('\n\n').slice(0, -1)) {
        const fields = block.split('\n').filter((line) => !line.startsWith(':'))
        const frame = Object.fromEntries(
          fields.map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]),
        )
        if ('data' in frame) frames.push(frame)
      }
      return frames
    },
    /** The frame that tells of a session, as soon as it is there. */
    of: (sessionId: string) => until(() => stream.frames().find(({ data }) => data?.includes(sessionId))),
  }
  t.teardown(stream.close)
  return stream
}

async function loggedOut({ call }: Pick<TestApp, 'call'>): Promise<string> {
  const { access_token: token, session_id } = await newSession({ call })
  await call('POST', '/auth/logout', { token })
  return session_id
}

t.test('a stream tells what was, and then what comes, as it comes', async (t) => {
  const before = await loggedOut(app)
  const stream = await open(t, app)
  t.equal(stream.answer.statusCode, 200)
  t.match(stream.answer.headers['content-type'], /^text\/event-stream/)
  t.match(stream.answer.headers['cache-control'], /no-store|no-cache/)
  t.ok(stream.answer.headers['x-request-id'])
  await stream.of(before)

  const after = await loggedOut(app)
  const frame = await stream.of(after)
  t.equal(frame.event, 'session_revoked')
  t.match(frame.id, /^\S+$/)
  const listed = (await app.call('GET', '/auth/revocations')).body.events
  t.strictSame(
    JSON.parse(frame.data ?? ''),
    listed.find(({ session_id }: { session_id: string }) => session_id === after),
    'the same object as on the page',
  )
  t.match((await app.call('GET', '/metrics')).body, /^tokenforge_revocation_streams 1$/m)
  stream.close()
  await until(async () => /^tokenforge_revocation_streams 0$/m.test((await app.call('GET', '/metrics')).body))
})

t.test('a client that comes back with its Last-Event-ID misses nothing', async (t) => {
  const stream = await open(t, app)
  const first = await loggedOut(app)
  const { id: lastId = '' } = await stream.of(first)
  stream.close()
  const missed = [await loggedOut(app), await loggedOut(app)]
  const again = await open(t, app, { 'last-event-id': lastId })
  for (const id of missed) t.ok(await again.of(id))
  t.notMatch(again.text(), first, 'what was told before is not told again')
  const byQuery = await open(t, app, {}, `?since=${encodeURIComponent(lastId)}`)
  for (const id of missed) t.ok(await byQuery.of(id), 'since does the same')
  const unknown = await open(t, app, { 'last-event-id': 'unknown' })
  for (const id of [first, ...missed]) t.ok(await unknown.of(id), 'an unknown id gives everything')
})

t.test('the id of the last frame is a cursor of the page too', async (t) => {
  await loggedOut(app)
  const stream = await open(t, app)
  const { id = '' } = await until(() => stream.frames().at(-1))
  const { status, body } = await app.call('GET', `/auth/revocations?since=${encodeURIComponent(id)}`)
  t.equal(status, 200)
  t.notOk('reset' in body)
})

t.test('a change of the key ring comes at once', async (t) => {
  const stream = await open(t, app)
  const headers = { authorization: `Bearer ${ADMIN_KEY}` }
  const told = (version: number, epoch: number) =>
    until(() =>
      stream.frames().find(({ event, data = '{}' }) => {
        const change = JSON.parse(data)
        return event === 'keys_changed' && change.version === version && change.epoch === epoch
      }),
    )
  const { body: ring } = await app.call('POST', '/admin/keys/rotate', { headers })
  t.ok(await told(ring.version, ring.epoch), 'a rotation')
  await app.call('POST', '/admin/keys/revoke-all', { headers, body: { reason: 'a test' } })
  const { body: after } = await app.call('GET', '/admin/keys', { headers })
  t.ok(await told(after.version, ring.epoch + 1), 'and a revocation of all')
})

t.test('every stream ends when the server closes', async (t) => {
  const app = await world.start(t)
  const streams = await Promise.all([open(t, app), open(t, app), open(t, app)])
  const revoked = await loggedOut(app)
  for (const stream of streams) await stream.of(revoked)
  await app.app.close()
  await Promise.all(streams.map(({ ended }) => ended))
  t.pass('all have ended')
})
