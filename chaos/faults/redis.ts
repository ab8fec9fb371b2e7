import { randomUUID } from 'node:crypto'
import type { Dependency } from '../lab/lab.ts'
import { redisCommand } from '../lab/past-the-app.ts'
import type { Fault } from './fault.ts'

const KEY = 'tokenforge-chaos'

/** It reads, and refuses every write for want of memory. */
export function redisOutOfMemory(dependency: Dependency): Fault {
  const set = (maxmemory: string) => tell(dependency, 'CONFIG', 'SET', 'maxmemory', maxmemory)
  return {
    name: 'out of memory',
    target: dependency.name,
    strike: () => set('1'),
    proof: () => refusesWrites(dependency, /^OOM/),
    heal: () => set('0'),
  }
}

/** It reads, and refuses every write because it is a replica now, of a master that is not there. */
export function redisReadOnly(dependency: Dependency): Fault {
  return {
    name: 'read-only',
    target: dependency.name,
    strike: () => tell(dependency, 'REPLICAOF', '127.0.0.1', '1'),
    proof: () => refusesWrites(dependency, /^READONLY/),
    heal: () => tell(dependency, 'REPLICAOF', 'NO', 'ONE'),
  }
}

/**
 * It went away and came back without its data, as one that does not persist or whose disk was lost. From the end of the
 * strike on it runs, and is empty; healing brings nothing back.
 */
export function redisEmptied(dependency: Dependency): Fault {
  const { network, server, name: target } = dependency
  /** What was written just before. */
  let lost: string | undefined
  return {
    name: 'back without its data',
    target,
    async strike() {
      const canary = `${KEY}:${randomUUID()}`
      await redisCommand(server.url, 'SET', canary, '1')
      // Nobody may write between the two: it would come back with that.
      network.refuse()
      network.resetAll()
      await redisCommand(server.url, 'FLUSHALL')
      await server.stop()
      await server.start()
      network.pass()
      lost = canary
    },
    proof: async () => lost !== undefined && (await redisCommand(server.url, 'EXISTS', lost)) === 0,
    async heal() {
      await server.start()
      network.pass()
      lost = undefined
    },
  }
}

async function tell({ server }: Dependency, ...words: [string, ...string[]]): Promise<void> {
  await redisCommand(server.url, ...words)
}

async function refusesWrites({ server }: Dependency, how: RegExp): Promise<boolean> {
  try {
    await redisCommand(server.url, 'SET', KEY, '1', 'PX', '1')
    return false
  } catch (error) {
    return how.test((error as Error).message)
  }
}
