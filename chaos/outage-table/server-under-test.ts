import type { AuthInstance, DependencyName, Lab } from '../lab/lab.ts'

export interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: whoever asks knows the shape, and compares what matters
  readonly body: any
  readonly ms: number
}

/** A whole server, and how to ask it. */
export interface ServerUnderTest {
  readonly instance: AuthInstance
  call(method: string, path: string, body?: unknown, token?: string): Promise<Answer>
  /** The state of a guard. */
  guardState(of: DependencyName): Promise<string>
}

/** Starts a server in the lab. */
export async function startServer(lab: Lab): Promise<ServerUnderTest> {
  const instance = await lab.startInstance()
  const ask: ServerUnderTest['call'] = (method, path, body, token) => call(instance.url, method, path, body, token)
  return {
    instance,
    call: ask,
    guardState: async (of) => (await ask('GET', '/admin/dependencies', undefined, lab.adminKey)).body[of].state,
  }
}

async function call(base: string, method: string, path: string, body?: unknown, token?: string): Promise<Answer> {
  const begin = performance.now()
  const answer = await fetch(base + path, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  const ms = performance.now() - begin
  const isJson = /json/.test(answer.headers.get('content-type') ?? '')
  return { status: answer.status, body: isJson ? JSON.parse(text) : text, ms }
}
