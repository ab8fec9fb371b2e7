import { waitForExit } from '../../local/processes.ts'
import { sweepContainers } from './drivers/containers.ts'
import { findEngine } from './drivers/engine.ts'
import { sweepFolders } from './lab-folder.ts'

const EXIT_TIMEOUT_MS = 10_000

/**
 * Ends what the labs of killed runs left behind: processes and folders, and with the driver `docker` containers and their
 * volumes. Touches nothing of a lab whose owner lives, and nothing that is not a lab's.
 */
export async function sweep(driver: 'docker' | 'local'): Promise<void> {
  await sweepFolders()
  if (driver === 'local') return
  const engine = await findEngine()
  if (engine !== undefined) await sweepContainers(engine)
}

// As the last will of a lab's owner: `node sweep.ts DRIVER PID`. The owner may still be on its way out.
if (import.meta.main) {
  const [, , driver, pid] = process.argv
  await waitForExit(Number(pid), EXIT_TIMEOUT_MS)
  await sweep(driver === 'docker' ? 'docker' : 'local')
}
