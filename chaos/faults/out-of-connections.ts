import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from 'pg'
import type { Dependency } from '../lab/lab.ts'
import { APPLICATION_NAME, postgresClient } from '../lab/past-the-app.ts'
import type { Fault } from './fault.ts'

const TOO_MANY_CONNECTIONS = '53300'
const AT_ONCE = 10
const PAUSE_MS = 20
const TIMEOUT_MS = 10_000

/** Ends the connections of everybody else; the number of those that were still there. */
const END_OTHERS = `
  SELECT count(pg_terminate_backend(pid))::int AS others FROM pg_stat_activity
  WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND application_name <> '${APPLICATION_NAME}'`

/**
 * All connection slots of Postgres are taken by others, those that are reserved for superusers too: the app of the lab is
 * one. Its open connections are ended, or it would not notice.
 */
export function postgresOutOfConnections({ name: target, server }: Dependency): Fault {
  const taken: Client[] = []

  async function takeAll(): Promise<void> {
    for (let full = false; !full; ) {
      const more = await Promise.all(Array.from({ length: AT_ONCE }, () => connectIfFree(server.url)))
      for (const client of more) {
        if (client === undefined) full = true
        else taken.push(client)
      }
    }
  }

  async function heal(): Promise<void> {
    await Promise.all(taken.splice(0).map((client) => client.end()))
  }

  return {
    name: 'out of connections',
    target,
    async strike() {
      // A slot that becomes free may go to somebody else: again, until all are ours.
      for (const deadline = performance.now() + TIMEOUT_MS; ; await sleep(PAUSE_MS)) {
        await takeAll()
        const { rows } = (await taken[0]?.query(END_OTHERS)) ?? { rows: [] }
        if (rows[0]?.others === 0) return
        if (performance.now() > deadline) throw new Error('Postgres did not run out of connections')
      }
    },
    async proof() {
      const client = await connectIfFree(server.url)
      await client?.end()
      return client === undefined
    },
    heal,
  }
}

async function connectIfFree(url: string): Promise<Client | undefined> {
  try {
    return await postgresClient(url)
  } catch (error) {
    if ((error as { code?: string }).code === TOO_MANY_CONNECTIONS) return undefined
    throw error
  }
}
