import { setTimeout as sleep } from 'node:timers/promises'

const PATIENCE_MS = 60_000
const PAUSE_MS = 50
const password = 'seven quiet herons'

/** An answer, its body read. */
export interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
}

/** One account of a deployment, and its newest tokens. */
export interface Client {
  register(): Promise<Answer>
  login(): Promise<Answer>
  refresh(): Promise<Answer>
  verify(): Promise<Answer>
}

let count = 0

export function newClient(base: string): Client {
  count += 1
  const email = `heron-${process.pid}-${count}@example.com`
  let tokens: Record<string, unknown> = {}

  async function post(path: string, body: object): Promise<Answer> {
    const answer = await fetch(base + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }

  async function takingTokens(asked: Promise<Answer>): Promise<Answer> {
    const answer = await asked
    if (answer.status === 200) tokens = answer.body
    return answer
  }

  return {
    register: () => post('/auth/register', { email, password }),
    login: () => takingTokens(post('/auth/login', { email, password })),
    refresh: () => takingTokens(post('/auth/refresh', { refresh_token: tokens.refresh_token })),
    verify: () => post('/auth/verify', { token: tokens.access_token }),
  }
}

/** Asks again until the answer has this status. Throws the last one when it does not get it. */
export async function until(status: number, ask: () => Promise<Answer>): Promise<Answer> {
  for (const deadline = performance.now() + PATIENCE_MS; ; await sleep(PAUSE_MS)) {
    const answer = await ask().catch((error: Error) => ({ status: 0, body: { error: error.message } }))
    if (answer.status === status) return answer
    if (performance.now() > deadline) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`)
  }
}

/** Waits until a deployment can do everything. */
export async function untilWhole(base: string): Promise<void> {
  await until(200, async () => {
    const answer = await fetch(`${base}/health/ready`)
    const body = (await answer.json()) as Record<string, unknown>
    return { status: body.status === 'ok' ? 200 : 0, body }
  })
}
