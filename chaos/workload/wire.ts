import type { IncomingHttpHeaders } from 'node:http'
import { type Dispatcher, Pool } from 'undici'

/** An auth server to ask: its name in the history and its base URL. */
export interface Target {
  readonly name: string
  readonly url: string
}

export interface WireRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/** What came back, or what the socket said. */
export type Reply =
  | { readonly status: number; readonly headers: IncomingHttpHeaders; readonly text: string }
  | { readonly error: string }

/** In place of an answer that did not come in time. */
export const NO_ANSWER = 'NO_ANSWER'

/** The server has closed the connection before it had answered. */
export const CLOSED = 'CLOSED'
/** The client was disposed of before there was an answer. */
export const NOBODY_WAITS = 'NOBODY_WAITS'

const SWEEP_MS = 100

/** One request that is under way. */
interface Pending {
  readonly giveUpAt: number
  readonly giveUp: (error: string) => void
}

export interface WireOptions {
  /** How long an answer may take until it counts as none, in milliseconds. */
  readonly timeoutMs: number
  /** Connections to each server at most. */
  readonly connections: number
}

/**
 * HTTP connections to the servers under test. It has one timer for all requests and hands out whole bodies, since it
 * shares its process with proxies: a request costs a tenth of a millisecond.
 */
export class Wire {
  readonly #options: WireOptions
  readonly #pools = new Map<string, Pool>()
  readonly #pending = new Set<Pending>()
  #sweeper: NodeJS.Timeout | undefined

  constructor(options: WireOptions) {
    this.#options = options
  }

  /** Requests that wait for their answers. */
  get outstanding(): number {
    return this.#pending.size
  }

  /** Sends one request, never twice; never rejects. */
  send({ url }: Target, { method, path, headers, body }: WireRequest): Promise<Reply> {
    return new Promise((resolve) => {
      const exchange = new Exchange((reply) => {
        this.#pending.delete(pending)
        resolve(reply)
      })
      const pending = { giveUpAt: performance.now() + this.#options.timeoutMs, giveUp: exchange.giveUp }
      this.#pending.add(pending)
      this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_MS).unref()
      this.#poolOf(url).dispatch({ method, path, headers, body: body ?? null }, exchange)
    })
  }

  /** Ends all connections; what is under way ends without an answer. */
  async close(): Promise<void> {
    clearInterval(this.#sweeper)
    this.#sweeper = undefined
    for (const { giveUp } of this.#pending) giveUp(NOBODY_WAITS)
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()))
    this.#pools.clear()
  }

  #poolOf(url: string): Pool {
    const known = this.#pools.get(url)
    if (known !== undefined) return known
    const { connections, timeoutMs } = this.#options
    const options = { connections, headersTimeout: 0, bodyTimeout: 0, connect: { timeout: timeoutMs } }
    const pool = new Pool(url, options)
    this.#pools.set(url, pool)
    return pool
  }

  /** The oldest come first, so it looks no further than the first that still has time. */
  #sweep(): void {
    const now = performance.now()
    for (const { giveUpAt, giveUp } of this.#pending) {
      if (giveUpAt > now) return
      giveUp(NO_ANSWER)
    }
  }
}

/** Takes one answer, or the lack of one, whichever is known first. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #settle: (reply: Reply) => void
  readonly #chunks: Buffer[] = []
  #controller: Dispatcher.DispatchController | undefined
  #status = 0
  #headers: IncomingHttpHeaders = {}
  #givenUp: Error | undefined

  constructor(settle: (reply: Reply) => void) {
    this.#settle = settle
  }

  readonly giveUp = (error: string): void => {
    // First, or the abort is taken for the answer.
    this.#settle({ error })
    this.#givenUp = new Error(error)
    this.#controller?.abort(this.#givenUp)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    // It waited for a connection until nobody wanted it any more.
    if (this.#givenUp !== undefined) controller.abort(this.#givenUp)
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status
    this.#headers = headers
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    const [first] = this.#chunks
    const text = this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks)
    this.#settle({ status: this.#status, headers: this.#headers, text: String(text) })
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error & { code?: string }): void {
    this.#settle({ error: nameOf(error) })
  }
}

/** The word of the system where there is one, for instance `ECONNREFUSED`: of the first of several attempts to connect. */
function nameOf(error: Error & { code?: string; errors?: unknown[] }): string {
  const [first] = error.errors ?? []
  if (first instanceof Error) return nameOf(first)
  return error.code === 'UND_ERR_SOCKET' ? CLOSED : (error.code ?? error.name)
}
