import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AuthInstance } from '../lab/lab.ts'
import type { Fault } from './fault.ts'

/** More than an instance can hash within the time that a login may wait, at any cost of the passwords but the lowest. */
const LOGINS = 300
/** So many at once: this process has other clients to care for. */
const BATCH = 15
const BATCH_MS = 30
const PATIENCE_MS = 10_000
const SHED = /^tokenforge_shed_total\{queue="password_hashing"\} (\d+)$/m

/** Far more logins at once than an instance can hash, of accounts that nobody has. It is over when they are answered. */
export function loginStorm({ name: target, url }: AuthInstance): Fault {
  /** Requests that were shed before. */
  let before: number | undefined

  async function shed(): Promise<number> {
    return Number(SHED.exec(await (await fetch(`${url}/metrics`)).text())?.[1])
  }

  async function login(): Promise<void> {
    const answer = await fetch(`${url}/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: `${randomUUID()}@storm.example.com`, password: 'seven quiet herons' }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
    await answer.arrayBuffer()
  }

  return {
    name: 'in a login storm',
    target,
    async strike() {
      before = await shed()
      const logins: Promise<void>[] = []
      while (logins.length < LOGINS) {
        for (let i = 0; i < BATCH; i += 1) logins.push(login())
        await sleep(BATCH_MS)
      }
      await Promise.all(logins)
    },
    proof: async () => before !== undefined && (await shed()) > before,
    async heal() {
      before = undefined
    },
  }
}
