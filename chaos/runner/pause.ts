import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

const LOOK_MS = 100

/** Lets Enter on this terminal end the pauses of the scenarios, which are other processes, until it is disposed of. */
export function resumeOnEnter(runFolder: string): Disposable {
  const keys = createInterface({ input: process.stdin })
  keys.on('line', () => writeFileSync(goOn(runFolder), ''))
  return {
    [Symbol.dispose]() {
      keys.close()
      process.stdin.unref?.()
    },
  }
}

/**
 * Waits, in a scenario, until somebody has pressed Enter.
 *
 * @param ask asks them to; an Enter from before counts for nothing
 */
export async function pause(runFolder: string, ask: () => void): Promise<void> {
  const file = goOn(runFolder)
  rmSync(file, { force: true })
  ask()
  while (!existsSync(file)) await sleep(LOOK_MS)
  rmSync(file)
}

function goOn(runFolder: string): string {
  return join(runFolder, 'go-on')
}
