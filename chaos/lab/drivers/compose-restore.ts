import { setTimeout as sleep } from 'node:timers/promises'
import { containerOf } from './compose-containers.ts'
import { output } from './compose-run.ts'

// The last will of a harness that was killed while it broke a deployment: `node compose-restore.ts PROJECT SERVICE ...`.
// What it had begun may still be under way (a stop takes its time), so that one good look is not enough; but who takes the
// deployment down meanwhile must not have to do it for long.
const GOOD_LOOKS = 3
const LOOKS = 60
const PAUSE_MS = 1_000

/** Lets a service go on that is frozen, starts it when it has ended. False when there was nothing to do. */
async function restore(project: string, service: string): Promise<boolean> {
  const { id, state } = await containerOf(project, service)
  if (state === 'paused') await output(['docker', 'unpause', id])
  else if (state === 'exited') await output(['docker', 'start', id])
  else return false
  return true
}

const [, , project = '', ...services] = process.argv
for (let good = 0, look = 0; good < GOOD_LOOKS && look < LOOKS; look += 1) {
  // Whoever is gone has been removed.
  const done = await Promise.all(services.map((service) => restore(project, service).catch(() => false)))
  good = done.includes(true) ? 0 : good + 1
  await sleep(PAUSE_MS)
}
