import t from 'tap'
import { readEvent } from '../../verifier/revocations/event.ts'
import { SseParser } from '../../verifier/revocations/sse-parser.ts'
import { followStream } from '../../verifier/revocations/stream.ts'

const TEXT =
  ': alive\n\nretry: 2000\nid: 1-0\nevent: a\ndata: {"a":1}\n\nid: 2-0\ndata:one\ndata: two\n\nid\ndata\n\nevent: none\n\n'
const EVENTS = [
  { id: '1-0', data: '{"a":1}' },
  { id: '2-0', data: 'one\ntwo' },
  { id: '', data: '' },
]

t.test('a stream is the same however it is cut, and whatever ends its lines', async (t) => {
  for (const end of ['\n', '\r\n', '\r']) {
    const text = `${TEXT.replaceAll('\n', end)}:`
    for (const size of [1, 2, 3, 7, 1000]) {
      const parser = new SseParser()
      const events = []
      for (let at = 0; at < text.length; at += size) events.push(...parser.push(text.slice(at, at + size)))
      t.strictSame(events, EVENTS, `${JSON.stringify(end)} by ${size}`)
    }
  }
})

t.test('an event without an end is not kept without end', async (t) => {
  for (const piece of ['data: x\n', 'x']) {
    const parser = new SseParser()
    t.throws(() => {
      for (let i = 0; i < 100_000; i += 1) parser.push(piece)
    }, /too long/)
  }
})

t.test('an id is for the events after it as well; one with a NUL is none', async (t) => {
  const parser = new SseParser()
  t.strictSame(parser.push('id: 1\ndata: a\n\ndata: b\n\nid: 2\0\ndata: c\n\n'), [
    { id: '1', data: 'a' },
    { id: '1', data: 'b' },
    { id: '1', data: 'c' },
  ])
})

t.test('events of a newer issuer are passed over, broken ones are not', async (t) => {
  t.equal(readEvent({ type: 'something_new' }), undefined)
  const expires_at = '2026-01-01T00:00:00Z'
  t.strictSame(readEvent({ type: 'session_revoked', session_id: 's', expires_at }), {
    type: 'session_revoked',
    sessionId: 's',
    expiresAt: Date.parse(expires_at),
  })
  for (const value of [
    null,
    'text',
    { type: 'session_revoked', expires_at },
    { type: 'session_revoked', session_id: 's'.repeat(300), expires_at },
    { type: 'session_revoked', session_id: 's', expires_at: 'soon' },
    { type: 'keys_changed', epoch: '2' },
  ]) {
    t.throws(() => readEvent(value), Error)
  }
})

t.test('a stream that falls silent is told of, then given up', async (t) => {
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode(': alive\n\n')),
  })
  const steps: string[] = []
  // The timers of a verifier keep no process alive.
  const alive = setInterval(() => {}, 1000)
  t.teardown(() => clearInterval(alive))
  const options = {
    fetch: async () => new Response(body, { headers: { 'content-type': 'text/event-stream' } }),
    url: 'https://auth.example.com/auth/revocations',
    cursor: undefined,
    timeoutMs: 1000,
    quietMs: 20,
    deadMs: 60,
    signal: new AbortController().signal,
    alive: () => steps.push('alive'),
    quiet: () => steps.push('quiet'),
    event: () => {},
  }
  await t.rejects(followStream(options), /silent for 0.06 s/)
  t.strictSame(steps, ['alive', 'quiet'])
})
