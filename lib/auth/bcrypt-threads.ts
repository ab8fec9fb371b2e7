import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { dependencyUnavailable } from '../errors.ts'
import type * as worker from './bcrypt-worker.ts'

/** Above this more hashes at once would only make each of them slower for the others. */
const MAX_THREADS = 3
/** Weighs a tenth of the event loop when both want the same core (nice(2), sched(7)). */
const NICE = 10
const NICE_IS_BY_THREAD = process.platform === 'linux'
const RETRY_MS = 1000

/** How many hashes this process computes at once: one core stays free for everything else. */
export const BCRYPT_THREADS = Math.max(1, Math.min(MAX_THREADS, availableParallelism() - 1))

let threads: Piscina | undefined

/**
 * bcrypt in threads of its own, as many as {@link BCRYPT_THREADS}, shared by the whole process because its cores are. They
 * yield to the event loop where both want the same core. They begin with the first hash and keep no process alive.
 */
export const bcryptThreads = {
  /**
   * @param cost the logarithm to base 2 of the rounds
   * @throws AppError `dependency_unavailable` when the hash could not be computed
   */
  hash: (password: string, cost: number): Promise<string> => run('hash', { password, cost }),

  /**
   * Whether the bcrypt hash (`$2a$` or `$2b$`) is that of this password.
   *
   * @throws AppError `dependency_unavailable` when that could not be found out, which is no verdict
   */
  compare: (password: string, hashed: string): Promise<boolean> => run('compare', { password, hashed }),
}

async function run<K extends keyof typeof worker>(
  name: K,
  task: Parameters<(typeof worker)[K]>[0],
): Promise<ReturnType<(typeof worker)[K]>> {
  threads ??= new Piscina({
    filename: fileURLToPath(new URL('./bcrypt-worker.ts', import.meta.url)),
    minThreads: 0,
    maxThreads: BCRYPT_THREADS,
    idleTimeout: Number.POSITIVE_INFINITY,
    // Elsewhere it would slow down the whole process.
    niceIncrement: NICE_IS_BY_THREAD ? NICE : 0,
    // The secrets of the environment are none of its business.
    env: {},
    execArgv: [],
  })
  try {
    return await threads.run(task, { name })
  } catch (error) {
    throw dependencyUnavailable('password-hashing', RETRY_MS, error as Error)
  }
}
