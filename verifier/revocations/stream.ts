import { expectOk, readable, within } from '../net/http.ts'
import { timer } from '../net/timers.ts'
import { type ServerSentEvent, SseParser } from './sse-parser.ts'

export interface StreamOptions {
  readonly fetch: typeof globalThis.fetch
  readonly url: string
  /** Goes on after this event. */
  readonly cursor: string | undefined
  /** For the first bytes to come, in milliseconds. */
  readonly timeoutMs: number
  /** After this silence the caller is told, in milliseconds. */
  readonly quietMs: number
  /** After this one the stream is given up, whatever the socket says, in milliseconds. */
  readonly deadMs: number
  readonly signal: AbortSignal
  /** The stream spoke, if only to say that it is alive. */
  alive(): void
  /** It should have spoken by now. */
  quiet(): void
  event(event: ServerSentEvent): void
}

/** Follows an event stream until it ends. @throws Error when it can't be opened, breaks or falls silent */
export async function followStream(options: StreamOptions): Promise<void> {
  const { fetch, url, cursor, timeoutMs, quietMs, deadMs } = options
  const limit = within(timeoutMs, options.signal)
  let stopWatching = () => {}
  let silent = false
  const watch = () => {
    stopWatching()
    stopWatching = timer(quietMs, () => {
      options.quiet()
      stopWatching = timer(deadMs - quietMs, () => {
        silent = true
        limit.abort()
      })
    })
  }
  try {
    const response = await fetch(url, {
      headers: {
        accept: 'text/event-stream',
        'cache-control': 'no-cache',
        ...(cursor !== undefined && { 'last-event-id': cursor }),
      },
      redirect: 'manual',
      signal: limit.signal,
    })
    await expectOk(response, 'text/event-stream')
    const reader = (response.body ?? new ReadableStream<Uint8Array>()).getReader()
    limit.signal.addEventListener('abort', () => void reader.cancel().catch(() => {}))
    const parser = new SseParser()
    const decoder = new TextDecoder('utf-8', { fatal: true })
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      // From its first bytes on it may take as long as it likes.
      limit.stop()
      watch()
      for (const event of parser.push(decoder.decode(value, { stream: true }))) options.event(event)
      options.alive()
    }
    if (silent || limit.timedOut()) throw new Error('aborted')
  } catch (error) {
    if (silent) throw new Error(`the revocation stream was silent for ${deadMs / 1000} s`)
    throw limit.timedOut() ? new Error(`the revocation stream did not begin within ${timeoutMs} ms`) : readable(error)
  } finally {
    stopWatching()
    limit.done()
    limit.abort()
  }
}
