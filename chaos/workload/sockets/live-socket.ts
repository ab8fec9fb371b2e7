import { WebSocket } from 'ws'
import type { Completion, Invocation, Operation } from '../../history/events.ts'
import type { History } from '../../history/history.ts'
import type { Result } from '../client.ts'
import type { AccessToken } from '../tokens.ts'
import type { Target } from '../wire.ts'
import { refusedUpgrade } from './refused-upgrade.ts'
import type { Owner } from './requests.ts'

export interface LiveSocketOptions {
  readonly history: History
  /** The Backend. */
  readonly to: Target
  /** Whose socket it is. */
  readonly owner?: Owner
  /** How long an answer may take until it counts as none, in milliseconds. */
  readonly timeoutMs?: number
  /** Told of the end of an open socket, with its code. */
  readonly onClosed?: (code: number) => void
}

/** How an operation ended, without what it was. */
type Outcome = Omit<Completion, 'op' | 'operation' | 'instance' | 'ms'>

const TIMEOUT_MS = 15_000
const GOOD_BYE = 1000
/** The server's code for a token that is void. */
const REVOKED = 4401

/**
 * One WebSocket of a client to the Backend. It writes the begin and the end of what it does into the history, and of the
 * socket itself. Its methods never reject.
 */
export class LiveSocket {
  readonly #options: LiveSocketOptions
  readonly #pending = new Map<number | 'token' | 'welcome', (outcome: Outcome) => void>()
  #socket: WebSocket | undefined
  #connection: string | undefined
  #token: AccessToken | undefined
  #isTokenRefused = false
  #wanted = false
  #code: number | undefined

  constructor(options: LiveSocketOptions) {
    this.#options = options
  }

  get isOpen(): boolean {
    return this.#connection !== undefined && this.#code === undefined
  }

  /** What the server calls it, once it has been open. */
  get connection(): string | undefined {
    return this.#connection
  }

  /** The token that it lives on. */
  get token(): AccessToken | undefined {
    return this.#token
  }

  /** How it closed; undefined as long as it has not. */
  get code(): number | undefined {
    return this.#code
  }

  /** True when the server would not have its token, or not any longer. */
  get isTokenRefused(): boolean {
    return this.#isTokenRefused
  }

  /** Opens it with an access token. */
  async open(access: AccessToken): Promise<Result<undefined>> {
    const { url } = this.#options.to
    const end = this.#begin('socket_open', 'welcome', access)
    const headers = { authorization: `Bearer ${access.token}` }
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/socket`, { headers, perMessageDeflate: false })
    this.#socket = socket
    this.#token = access
    socket.on('message', (data) => this.#take(JSON.parse(String(data))))
    socket.on('unexpected-response', (request, response) => {
      void refusedUpgrade(response).then((outcome) => {
        this.#isTokenRefused = outcome.status === 401
        this.#settle('welcome', outcome)
        request.destroy()
      })
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#settle('welcome', { type: 'info', error: error.code ?? error.name })
    })
    socket.on('close', (code) => this.#ended(code))
    return end
  }

  /** Presents a fresh token, which it lives on from then on. */
  async present(access: AccessToken): Promise<Result<undefined>> {
    const end = this.#begin('socket_token', 'token', access)
    this.#say({ type: 'token', token: access.token })
    const result = await end
    if (result.type === 'ok') this.#token = access
    return result
  }

  /** A ping, which its pong ends. */
  ping(due?: number): Promise<Result<undefined>> {
    const op = this.#options.history.nextOp()
    const end = this.#begin('socket', op, this.#token, due)
    this.#say({ type: 'ping', id: op })
    return end
  }

  /** Closes it as soon as nothing is under way on it any more: what was begun gets its answer. */
  close(): void {
    this.#wanted = true
    if (this.#pending.size === 0) this.#socket?.close(GOOD_BYE)
  }

  #say(message: object): void {
    this.#socket?.send(JSON.stringify(message), () => {})
  }

  #begin(operation: Operation, key: number | 'token' | 'welcome', token: AccessToken | undefined, due?: number) {
    const { history, to, owner, timeoutMs = TIMEOUT_MS } = this.#options
    const op = typeof key === 'number' ? key : history.nextOp()
    const at = history.now()
    const begin = due ?? at
    const shown: Partial<Invocation> = token === undefined ? {} : { access: token.fingerprint, kid: token.kid }
    history.record({ type: 'invoke', op, operation, instance: to.name, due: begin, ...owner, ...shown }, at)
    return new Promise<Result<undefined>>((resolve) => {
      const timer = setTimeout(() => this.#settle(key, { type: 'info', error: 'NO_ANSWER' }), timeoutMs)
      this.#pending.set(key, (outcome) => {
        clearTimeout(timer)
        const end = history.now()
        const ms = Math.round((end - begin) * 1000) / 1000
        const completion = { op, operation, instance: to.name, ms, ...outcome }
        history.record(completion, end)
        resolve(completion)
      })
      if (this.#code !== undefined) this.#settle(key, closedWith(this.#code))
    })
  }

  #settle(key: number | 'token' | 'welcome', outcome: Outcome): void {
    const settle = this.#pending.get(key)
    this.#pending.delete(key)
    settle?.(outcome)
    if (this.#wanted) this.close()
  }

  #take(message: Record<string, unknown>): void {
    const connection = String(message.connection)
    switch (message.type) {
      case 'welcome':
        this.#connection = connection
        this.#tell('opened')
        this.#settle('welcome', { type: 'ok', connection })
        break
      case 'pong':
        this.#settle(Number(message.id), { type: 'ok', connection })
        break
      case 'token_accepted':
        this.#settle('token', { type: 'ok', ...(this.#connection && { connection: this.#connection }) })
        break
      case 'token_refused': {
        const code = String(message.code)
        this.#settle('token', { type: code === 'invalid_token' ? 'fail' : 'info', code })
      }
    }
  }

  #ended(code: number): void {
    this.#code = code
    this.#isTokenRefused ||= code === REVOKED
    for (const key of [...this.#pending.keys()]) this.#settle(key, closedWith(code))
    if (this.#connection === undefined) return
    this.#tell('closed')
    this.#options.onClosed?.(code)
  }

  #tell(stage: 'opened' | 'closed'): void {
    const { history, to, owner } = this.#options
    const how = stage === 'closed' ? { code: this.#code ?? 0, wanted: this.#wanted } : {}
    const { fingerprint: access = '', kid = '' } = this.#token ?? {}
    const connection = this.#connection ?? ''
    history.record({ type: 'socket', instance: to.name, connection, stage, ...owner, access, kid, ...how })
  }
}

function closedWith(code: number): Outcome {
  return { type: 'info', error: `closed with ${code}` }
}
