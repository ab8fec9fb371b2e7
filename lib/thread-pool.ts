import { readdir, readFile } from 'node:fs/promises'
import { availableParallelism, getPriority, setPriority } from 'node:os'

const TASKS = '/proc/self/task'
/** What libuv calls the threads of its pool, since 1.50. */
const NAME = 'libuv-worker'
/** Weighs a tenth of the event loop when both want the same core (sched(7), "The nice value"). */
const NICER = 10
const NICEST = 19
/** libuv has 4 threads for everything; one stays free for the rest of the process. */
const MAX_HEAVY = 3

/** How much heavy work the pool should do at once: one core stays free for the event loop. */
export const HEAVY_THREADS = Math.max(1, Math.min(MAX_HEAVY, availableParallelism() - 1))

/**
 * Makes the threads of libuv's pool yield to the event loop where both want the same core. Only Linux has a niceness for
 * each thread; elsewhere it belongs to the process, and nothing is done. Safe to call again.
 *
 * @returns how many threads yield now
 */
export async function yieldInThreadPool(): Promise<number> {
  // This reads files, so the pool has begun, with all of its threads, before they are looked for.
  const threads = await readdir(TASKS).catch(() => [])
  const own = getPriority()
  let yielding = 0
  for (const thread of threads) {
    const name = await readFile(`${TASKS}/${thread}/comm`, 'utf8').catch(() => '')
    if (name.trim() !== NAME) continue
    setPriority(Number(thread), Math.min(own + NICER, NICEST))
    yielding += 1
  }
  return yielding
}
