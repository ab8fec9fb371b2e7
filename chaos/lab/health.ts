import { get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

const PATIENCE_MS = 1_000
const PAUSE_MS = 10

/** Whether the server at `url` listens, or says 200 at another path. */
export async function isLive(url: string, path = '/health/live'): Promise<boolean> {
  return (await ask(url + path))?.status === 200
}

/** Whether the server at `url` says that it can do everything. */
export async function isWhole(url: string): Promise<boolean> {
  const answer = await ask(`${url}/health/ready`)
  return answer?.status === 200 && /"status":"ok"/.test(answer.body)
}

/** Looks until `holds` does. Throws what `ended` says as soon as it says something, and after `timeoutMs`. */
export async function untilIt(
  holds: () => Promise<boolean>,
  { timeoutMs, ended }: { timeoutMs: number; ended: () => string | undefined },
): Promise<void> {
  for (const deadline = performance.now() + timeoutMs; !(await holds()); await sleep(PAUSE_MS)) {
    const how = ended()
    if (how !== undefined) throw new Error(`it has ended (${how})`)
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms`)
  }
}

// On a connection of its own, which is closed: one that stays open would be in the way of an orderly end.
function ask(url: string): Promise<{ status: number; body: string } | undefined> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: PATIENCE_MS }, (answer) => {
      let body = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk: string) => {
        body += chunk
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }))
      answer.on('error', () => resolve(undefined))
    })
    request.on('timeout', () => request.destroy())
    request.on('error', () => resolve(undefined))
  })
}
