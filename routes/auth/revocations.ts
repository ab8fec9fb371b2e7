import { PassThrough } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type LogEntry, RevocationEventSchema } from '../../lib/auth/revocation-log.ts'
import { overloaded } from '../../lib/errors.ts'
import Type from '../../lib/type.ts'

const HEARTBEAT_MS = 15_000
const RETRY_MS = 2_000
const MAX_STREAMS = 1000
/** A reader that lets this many bytes pile up is cut off; it comes back with its Last-Event-ID. */
const MAX_BACKLOG_BYTES = 1_048_576

const schema = {
  summary: 'What verifiers elsewhere must stop accepting: a page as JSON, or a stream (Accept: text/event-stream)',
  tags: ['tokens'],
  querystring: Type.Object({ since: Type.Optional(Type.String({ maxLength: 128 })) }),
  response: {
    200: {
      description: 'The events since the cursor; reset: the cursor was unknown, this is the whole current set',
      content: {
        'application/json': {
          schema: Type.Object({
            cursor: Type.String(),
            events: Type.Array(RevocationEventSchema),
            reset: Type.Optional(Type.Boolean()),
          }),
        },
        'text/event-stream': { schema: Type.String() },
      },
    },
  },
}

const revocations: FastifyPluginAsyncTypebox = async (app) => {
  const streams = new Set<PassThrough>()
  app.addHook('preClose', async () => {
    for (const stream of streams) stream.end()
  })

  /** Server-sent events (WHATWG HTML section 9.2): what came since the cursor, then each event as it comes. */
  function openStream(since: string | undefined): PassThrough {
    if (streams.size >= MAX_STREAMS) throw overloaded(RETRY_MS)
    const stream = new PassThrough({ highWaterMark: MAX_BACKLOG_BYTES })
    const write = (text: string) => {
      if (stream.writable && !stream.write(text)) stream.destroy()
    }
    const page = app.revocations.since(since)
    write(`retry: ${RETRY_MS}\n\n`)
    for (const entry of page.entries) write(frame(entry))
    const unsubscribe = app.revocations.subscribe((entry) => write(frame(entry)))
    const heartbeat = setInterval(() => write(': alive\n\n'), HEARTBEAT_MS)
    streams.add(stream)
    stream.once('close', () => {
      clearInterval(heartbeat)
      unsubscribe()
      streams.delete(stream)
    })
    return stream
  }

  app.get('/revocations', { schema }, async (request, reply) => {
    if (/\btext\/event-stream\b/.test(request.headers.accept ?? '')) {
      const lastEventId = request.headers['last-event-id']
      const since = typeof lastEventId === 'string' ? lastEventId : request.query.since
      return reply.type('text/event-stream; charset=utf-8').send(openStream(since) as never)
    }
    const { cursor, entries, reset } = app.revocations.since(request.query.since)
    return { cursor, events: entries.map((entry) => entry.event), ...(reset && { reset }) }
  })
}

function frame({ cursor, event }: LogEntry): string {
  return `id: ${cursor}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
}

export default revocations
