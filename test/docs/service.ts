import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Test } from 'tap'
import { until } from '../fixtures/app.ts'
import { cleanEnvironment } from '../fixtures/environment.ts'

/** A program of the page that runs, and is asked about tokens. */
export interface Service {
  readonly url: string
  /** Its status, and the headers that come with it. */
  ask(token?: string): Promise<{ status: number; headers: Headers; body: string }>
  statusOf(token?: string): Promise<number>
  /** Ends it; so does the end of the test. */
  end(): Promise<void>
}

/** Starts a program that listens on `port`; resolves when it answers. */
export async function startService(
  t: Test,
  { file, args, cwd, port }: { file: string; args: readonly string[]; cwd: string; port: number },
): Promise<Service> {
  const child = spawn(file, args, { cwd, env: cleanEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  const exited = once(child, 'exit')
  async function end(): Promise<void> {
    child.kill('SIGTERM')
    await exited
  }
  t.teardown(end)
  const url = `http://127.0.0.1:${port}`
  const ask = async (token?: string) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const answer = await fetch(url, { headers })
    return { status: answer.status, headers: answer.headers, body: await answer.text() }
  }
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`it ended:\n${output}`)
    return ask().catch(() => undefined)
  })
  return { url, ask, statusOf: async (token) => (await ask(token)).status, end }
}
