import type { InjectOptions } from 'fastify'
import type { Test } from 'tap'
import { ADMIN_KEY, type Answer, newSession, PASSWORD, unlessShed } from '../fixtures/app.ts'
import { startWorld } from '../routes/world.ts'
import { type Operation, operationsIn } from './operations.ts'

export type Session = Awaited<ReturnType<typeof newSession>>

/** A server with real stores, budgets that nobody spends, and cheap hashes, asked without a network in between. */
export interface FuzzWorld {
  readonly url: string
  /** Every operation that the server says it has, and none that it does not: from its own OpenAPI document. */
  readonly operations: readonly Operation[]
  readonly adminKey: string
  readonly password: string
  readonly logs: readonly Record<string, unknown>[]
  /** A session that nothing has ended yet. */
  session(): Promise<Session>
  /** The session may have been ended. */
  spoil(): void
  inject(request: InjectOptions): Promise<Answer>
}

/** What ends with the run; `t` of a test is one. */
export type Scope = Pick<Test, 'teardown'>

const SETTINGS = { LOG_LEVEL: 'info', LOGIN_RATE_LIMIT: '999999999/1m', ACCOUNT_RATE_LIMIT: '999999999/1m' }

export async function openFuzzWorld(scope: Scope): Promise<FuzzWorld> {
  const { app, url, logs } = await (await startWorld(scope as Test)).start(scope as Test, SETTINGS)
  /** Asks again while the answer is that there is too much to do: on a busy machine one request may be enough. */
  const inject = (request: InjectOptions) => unlessShed(() => ask(request))
  async function ask(request: InjectOptions): Promise<Answer> {
    const { statusCode: status, headers, payload } = await app.inject(request)
    const pairs = Object.entries(headers).flatMap(([name, value]) =>
      [value ?? []].flat().map((one) => [name, `${one}`]),
    )
    const isJson = /json/.test(String(headers['content-type']))
    const body = isJson && payload !== '' ? JSON.parse(payload) : payload
    return { status, headers: new Headers(pairs as [string, string][]), body }
  }
  const { body: document } = await inject({ method: 'GET', url: '/openapi.json' })
  let current: Promise<Session> | undefined
  return {
    url,
    operations: operationsIn(document),
    adminKey: ADMIN_KEY,
    password: PASSWORD,
    logs,
    session() {
      current ??= newSession({
        call: (method, path, { body } = {}) =>
          inject({ method: method as 'POST', url: path, ...(body !== undefined && { payload: body as object }) }),
      })
      return current
    },
    spoil() {
      current = undefined
    },
    inject,
  }
}
