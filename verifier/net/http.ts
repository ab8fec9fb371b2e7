import { timer } from './timers.ts'

export interface Request {
  readonly headers?: Record<string, string>
  /** For the whole exchange, in milliseconds. */
  readonly timeoutMs: number
  /** More than this is not read. */
  readonly maxBytes: number
  readonly signal: AbortSignal
}

/** A whole answer: 200 with its text, or 304. */
export interface Answer {
  readonly status: 200 | 304
  readonly text: string
  readonly headers: Headers
}

/** The issuer answered, but not with what was asked for. */
export class UnexpectedAnswer extends Error {
  override readonly name = 'UnexpectedAnswer'
  readonly status: number

  constructor(message: string, status = 0) {
    super(message)
    this.status = status
  }
}

/**
 * GET, for a JSON document of bounded size. Redirects are not followed: keys come from where the operator said.
 *
 * @throws UnexpectedAnswer or an error of the network, its message in plain words
 */
export async function getJson(fetch: typeof globalThis.fetch, url: string, request: Request): Promise<Answer> {
  const { headers: more = {}, timeoutMs, maxBytes } = request
  const { signal, done, timedOut } = within(timeoutMs, request.signal)
  try {
    const response = await fetch(url, {
      // Through any cache on the way: what was revoked a moment ago matters.
      headers: { accept: 'application/json, application/jwk-set+json', 'cache-control': 'no-cache', ...more },
      redirect: 'manual',
      signal,
    })
    const { headers } = response
    if (response.status === 304) {
      await response.body?.cancel()
      return { status: 304, text: '', headers }
    }
    await expectOk(response)
    return { status: 200, text: await readText(response, maxBytes), headers }
  } catch (error) {
    throw timedOut() ? new Error(`no whole answer within ${timeoutMs} ms`) : readable(error)
  } finally {
    done()
  }
}

/** @throws UnexpectedAnswer unless it is a 200, of the media type if one is given */
export async function expectOk(response: Response, mediaType?: string): Promise<void> {
  const { status, headers } = response
  const [type = ''] = (headers.get('content-type') ?? '').split(';')
  if (status === 200 && (mediaType === undefined || type.trim().toLowerCase() === mediaType)) return
  await response.body?.cancel()
  throw new UnexpectedAnswer(
    status === 200 ? `answered with something else than ${mediaType}` : `answered with ${status}`,
    status,
  )
}

/** A signal with a time limit. */
export interface Limit {
  readonly signal: AbortSignal
  timedOut(): boolean
  abort(): void
  /** Ends the time limit alone. */
  stop(): void
  /** Must be called in the end. */
  done(): void
}

/** A signal that aborts after `ms` or with `outer`. */
export function within(ms: number, outer: AbortSignal): Limit {
  const controller = new AbortController()
  let late = false
  const abort = () => controller.abort()
  const stop = timer(ms, () => {
    late = true
    abort()
  })
  if (outer.aborted) abort()
  outer.addEventListener('abort', abort)
  return {
    signal: controller.signal,
    timedOut: () => late,
    abort,
    stop,
    done() {
      stop()
      outer.removeEventListener('abort', abort)
    },
  }
}

/** The name of what really happened is in the cause of fetch's error. */
export function readable(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error))
  const cause = error.cause
  if (error.message !== 'fetch failed' || !(cause instanceof Error)) return error
  const code = (cause as { code?: string }).code
  return new Error(cause.message || code || error.message, { cause })
}

async function readText(response: Response, maxBytes: number): Promise<string> {
  const reader = response.body?.getReader()
  if (reader === undefined) return ''
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let size = 0
  let text = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    size += value.byteLength
    if (size > maxBytes) {
      await reader.cancel()
      throw new UnexpectedAnswer(`answered with more than ${maxBytes} bytes`, 200)
    }
    text += decoder.decode(value, { stream: true })
  }
}
