import { setTimeout as sleep } from 'node:timers/promises'
import type { Result } from './client.ts'

const PAUSE_MS = 100

/** Does it again as long as its outcome is unknown, for `withinMs` at most; gives the last outcome. */
export async function untilKnown<T>(ask: () => Promise<Result<T>>, withinMs: number): Promise<Result<T>> {
  const end = performance.now() + withinMs
  for (;;) {
    const result = await ask()
    if (result.type !== 'info' || performance.now() > end) return result
    await sleep(PAUSE_MS)
  }
}
