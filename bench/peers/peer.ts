import type { StoreUrls } from '../machine/stores.ts'

/** What contestants are asked to do. A peer that has no such thing leaves it out. */
export type Operation =
  | 'bare'
  | 'login'
  | 'refresh'
  | 'verify'
  | 'forward-auth'
  | 'me'
  | 'jwks'
  | 'live'
  | 'mix'
  | 'fresh'

export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** What one client asks, one request after the other. */
export interface Caller {
  /** The next request; the same one when it is asked twice before there was an answer. */
  next(): HttpRequest
  /** Told of the answer to it. */
  took?(status: number, body: string): void
}

/** Makes a client. */
export type NewCaller = () => Caller

export type Callers = Partial<Record<Operation, NewCaller>>

export interface Settings {
  readonly bcryptCost: number
}

/** A server to measure, behind one small adapter. */
export interface Peer {
  readonly name: string
  /** Node's arguments: flags, then the program, an absolute path. It listens on HOST and PORT. */
  readonly args: readonly string[]
  /** Answers 200 when it is ready to work. */
  readonly readyPath: string
  /** Its environment. */
  env(stores: StoreUrls, settings: Settings): Record<string, string>
  /** Makes accounts and sessions in the running server, and what asks for each operation. */
  prepare(url: string): Promise<Callers>
}

export const PASSWORD = 'seven quiet herons'

/** A client that always asks the same, or each of these by turns, beginning with another one than the client before. */
export function repeating(requests: readonly HttpRequest[]): NewCaller {
  let clients = 0
  return () => {
    let turn = clients++
    return { next: () => requests[turn % requests.length] as HttpRequest, took: () => void turn++ }
  }
}

/** A request with JSON in it. */
export function post(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): HttpRequest {
  return {
    method: 'POST',
    path,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  }
}

export function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` }
}

/**
 * Asks once, as a preparation.
 *
 * @returns the body, parsed when it is JSON, and the cookies
 * @throws when it is not answered with a 2xx
 */
// biome-ignore lint/suspicious/noExplicitAny: whoever asks knows the shape
export async function ask(url: string, { path, ...request }: HttpRequest): Promise<{ body: any; cookie: string }> {
  const answer = await fetch(url + path, { redirect: 'manual', ...request })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${request.method} ${path}: ${answer.status} ${text}`)
  const cookie = answer.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ')
  return { body: text.startsWith('{') ? JSON.parse(text) : text, cookie }
}
