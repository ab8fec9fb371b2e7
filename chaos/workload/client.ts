import type { Completion, Operation } from '../history/events.ts'
import type { History } from '../history/history.ts'
import type { KnownSecrets } from '../secrets/known-secrets.ts'
import { noteReceived, noteSent } from '../secrets/on-the-wire.ts'
import { findLeak } from './leak.ts'
import * as calls from './requests.ts'
import type { AccessToken, Grant, Token } from './tokens.ts'
import { type Reply, type Target, Wire } from './wire.ts'

/** Chooses who takes a request, as a load balancer does. */
export interface Router {
  /** The next to ask, not one of `tried`; undefined when there is nobody else. */
  next(tried: readonly Target[]): Target | undefined
}

export interface ClientOptions {
  readonly history: History
  /** Who is asked where a call does not say. */
  readonly to: Target | Router
  /** Of the admin routes. */
  readonly adminKey?: string
  /** Told all that must not be in a log. */
  readonly secrets?: KnownSecrets
  /** How long an answer may take until it counts as none, in milliseconds: long, so that a hang is seen as one. */
  readonly timeoutMs?: number
  /** Connections to each server at most; what comes beyond waits, and its latency counts. */
  readonly connections?: number
}

export interface CallOptions {
  readonly to?: Target | Router
  /** When it should have been sent, on the run's clock; now by default. */
  readonly due?: number
}

/** How an operation ended, as the history has it; `value` is what an `ok` gave. */
export interface Result<T> extends Omit<Completion, 'operation'> {
  readonly operation: Operation
  readonly value?: T
}

/** Whose session a token belongs to, for the history. */
interface Owner {
  readonly user?: string
  readonly session?: string
}

const TIMEOUT_MS = 15_000
const CONNECTIONS = 1024

/** Sends operations to auth servers and writes each one's begin and end into the history. Its methods never reject. */
export class Client implements AsyncDisposable {
  readonly #options: ClientOptions
  readonly #wire: Wire

  constructor(options: ClientOptions) {
    this.#options = options
    const { timeoutMs = TIMEOUT_MS, connections = CONNECTIONS } = options
    this.#wire = new Wire({ timeoutMs, connections })
  }

  get history(): History {
    return this.#options.history
  }

  /** Operations under way. */
  get outstanding(): number {
    return this.#wire.outstanding
  }

  /** The value is the account's id. */
  register(credentials: calls.Credentials, options?: CallOptions): Promise<Result<string>> {
    return this.#do(calls.register(credentials), options)
  }

  login(credentials: calls.Credentials, options?: CallOptions): Promise<Result<Grant>> {
    return this.#do(calls.login(credentials), options)
  }

  /** A login with a password that is known to be wrong. */
  guess(credentials: calls.Credentials, options?: CallOptions): Promise<Result<Grant>> {
    return this.#do(calls.login(credentials, 'guess'), options)
  }

  refresh(token: Token, owner: Owner = {}, options?: CallOptions): Promise<Result<Grant>> {
    return this.#do(calls.refresh(token, owner), options)
  }

  verify(token: AccessToken, owner: Owner = {}, options?: CallOptions): Promise<Result<undefined>> {
    return this.#do(calls.verify(token, owner), options)
  }

  me(token: AccessToken, owner: Owner = {}, options?: CallOptions): Promise<Result<undefined>> {
    return this.#do(calls.me(token, owner), options)
  }

  logout(token: AccessToken | Token, owner: Owner = {}, options?: CallOptions): Promise<Result<undefined>> {
    return this.#do(calls.logout(token, owner), options)
  }

  /** The value is the list of key ids. */
  jwks(options?: CallOptions): Promise<Result<readonly string[]>> {
    return this.#do(calls.jwks(), options)
  }

  /** A planned rotation; the value is the id of the new signing key. */
  rotate(options?: CallOptions): Promise<Result<string>> {
    return this.#do(calls.rotate(this.#options.adminKey ?? ''), options)
  }

  /** The emergency; the value is the id of the new signing key. */
  revokeAll({ sessions = false, ...options }: CallOptions & { readonly sessions?: boolean } = {}) {
    return this.#do(calls.revokeAll(this.#options.adminKey ?? '', sessions), options)
  }

  /** `GET /health/live` or `/health/ready`; the value is the body. */
  health(which: 'live' | 'ready', options?: CallOptions): Promise<Result<Readonly<Record<string, unknown>>>> {
    return this.#do(calls.health(which), options)
  }

  /** An operation of another kind, to the server that the options name. */
  ask<T>(call: calls.Call<T>, options: CallOptions & { readonly to: Target }): Promise<Result<T>> {
    return this.#do(call, options)
  }

  /** Waits for nothing: what is under way ends as `info`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#wire.close()
  }

  async #do<T>(call: calls.Call<T>, { to = this.#options.to, due }: CallOptions = {}): Promise<Result<T>> {
    const { history, secrets } = this.#options
    const { operation, notes, request } = call
    let target = 'next' in to ? to.next([]) : to
    if (target === undefined) throw new Error('there is no server to ask')
    const op = history.nextOp()
    const at = history.now()
    const begin = due ?? at
    history.record({ type: 'invoke', op, operation, instance: target.name, due: begin, ...notes }, at)
    if (secrets !== undefined) noteSent(request, secrets)
    let reply = await this.#wire.send(target, request)
    for (const tried = [target]; 'next' in to && isForAnother(reply); tried.push(target)) {
      const other = to.next(tried)
      if (other === undefined) break
      target = other
      reply = await this.#wire.send(target, request)
    }
    if (secrets !== undefined && 'text' in reply) noteReceived(reply.text, secrets)
    const end = history.now()
    const { value, ...found } = this.#judge(call, reply)
    const ms = Math.round((end - begin) * 1000) / 1000
    const completion = { op, operation, instance: target.name, ms, ...found }
    history.record(completion, end)
    return value === undefined ? completion : { ...completion, value }
  }

  /** What an answer means, and what it holds. */
  #judge<T>(call: calls.Call<T>, reply: Reply): Omit<Result<T>, 'op' | 'operation' | 'instance' | 'ms'> {
    if ('error' in reply) return { type: 'info', error: reply.error }
    const { status, headers, text } = reply
    if (status >= 300) {
      const leak = findLeak(text)
      const type = status >= 400 && status < 500 ? 'fail' : 'info'
      const retryAfter = Number(headers['retry-after'] ?? Number.NaN)
      return {
        type,
        status,
        ...problemOf(text),
        ...(!Number.isNaN(retryAfter) && { retryAfter }),
        ...(leak !== undefined && { leak }),
      }
    }
    try {
      const [value, found] = call.read(text === '' ? {} : JSON.parse(text), this.#options.history.clock)
      return { type: 'ok', status, ...found, ...(value !== undefined && { value }) }
    } catch (error) {
      return { type: 'info', status, error: `not the answer of the contract: ${error}` }
    }
  }
}

/** As a load balancer sees it: nothing was sent, or the server has said that it is on its way out. */
function isForAnother(reply: Reply): boolean {
  if ('error' in reply) return reply.error === 'ECONNREFUSED'
  return reply.status === 503 && reply.headers.connection === 'close'
}

function problemOf(text: string): { code?: string; dependency?: string } {
  try {
    const { code, dependency } = JSON.parse(text)
    return { ...(typeof code === 'string' && { code }), ...(typeof dependency === 'string' && { dependency }) }
  } catch {
    return {}
  }
}
