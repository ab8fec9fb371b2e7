import type { Dependency } from '../lab/lab.ts'
import { postgresClient, postgresStatements } from '../lab/past-the-app.ts'
import type { Fault } from './fault.ts'

const READ_ONLY_TRANSACTION = '25006'

/** Postgres as it is after a failover to a standby: it answers and refuses to write. */
export function postgresReadOnly({ name: target, server }: Dependency): Fault {
  const set = async (value: 'on' | 'off') => {
    const change = `ALTER SYSTEM SET default_transaction_read_only = ${value}`
    await postgresStatements(server.url, change, 'SELECT pg_reload_conf()')
  }
  return {
    name: 'read-only',
    target,
    strike: () => set('on'),
    proof: () => refusesWrites(server.url),
    heal: () => set('off'),
  }
}

async function refusesWrites(url: string): Promise<boolean> {
  // With the defaults that everybody gets.
  const client = await postgresClient(url, '')
  try {
    await client.query('BEGIN')
    await client.query('CREATE TABLE tokenforge_chaos ()')
    await client.query('ROLLBACK')
    return false
  } catch (error) {
    if ((error as { code?: string }).code === READ_ONLY_TRANSACTION) return true
    throw error
  } finally {
    await client.end()
  }
}
