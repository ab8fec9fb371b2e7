import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { removeSharedMemory } from './postgres-cluster.ts'
import { processesIn, signal, waitForExit } from './processes.ts'

const EXIT_TIMEOUT = 5_000

/** Kills every process that works in a temporary folder, frozen ones too, and removes the folder. */
export async function reapFolder(folder: string): Promise<void> {
  const pids = await processesIn(folder)
  for (const pid of pids) signal(pid, 'SIGKILL')
  await Promise.all(pids.map((pid) => waitForExit(pid, EXIT_TIMEOUT)))
  await removeSharedMemory(join(folder, 'postgres'))
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
}
