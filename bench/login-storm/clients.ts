import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import type { Completion } from '../../chaos/history/events.ts'
import { History } from '../../chaos/history/history.ts'
import { Client } from '../../chaos/workload/client.ts'
import type { Credentials } from '../../chaos/workload/requests.ts'
import type { Target } from '../../chaos/workload/wire.ts'

/** What the thread of the storm is given. */
export interface StormOrders {
  readonly to: Target
  readonly accounts: readonly Credentials[]
  /** How many log in at once. */
  readonly clients: number
  /** How long the refused wait instead of heeding Retry-After, in milliseconds. */
  readonly rudePauseMs?: number
}

// A thread of its own: in that of the steady clients those would wait for it, which is no doing of the server.

const { to, accounts, clients, rudePauseMs } = workerData as StormOrders
const port = parentPort
if (port === null) throw new Error('this is a worker thread')

/** Clients who log in, wait for the answer and log in again, as soon as they may; until told to end. */
async function storm(): Promise<Completion[]> {
  using history = new History({ scenario: 'login-storm' })
  await using client = new Client({ history, to })
  const seen: Completion[] = []
  const over = new AbortController()
  port?.once('message', () => over.abort())
  const all = Array.from({ length: clients }, async (_, i) => {
    const account = accounts[i % accounts.length] as Credentials
    while (!over.signal.aborted) {
      const { value, ...completion } = await client.login(account)
      if (!over.signal.aborted) seen.push(completion as Completion)
      const pauseMs = rudePauseMs ?? (completion.retryAfter ?? 1) * 1000
      if (completion.type !== 'ok') await sleep(pauseMs, undefined, { signal: over.signal }).catch(() => {})
    }
  })
  await Promise.all(all)
  return seen
}

port.postMessage('ready')
// Every other message begins a storm, the one after it ends it.
for (;;) {
  await once(port, 'message')
  port.postMessage(await storm())
}
