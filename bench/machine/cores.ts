import { execFileSync, spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

/** Where the server under test runs, alone: what it serves there is what one core serves. */
export const SERVER_CORE = 0
/** Where everything else runs: clients, Postgres, Redis. */
export const CLIENT_CORE = 1

/**
 * Moves this process, and so all that it starts from now on, to the core of the clients.
 *
 * @throws an error whose message is fit for the terminal when the machine can't keep the two apart
 */
export function keepToClientCore(): void {
  if (availableParallelism() <= CLIENT_CORE) throw new Error('the benchmark needs two cores: one is for the server')
  if (spawnSync('taskset', ['--version']).error) throw new Error('no taskset on the path: install util-linux')
  execFileSync('taskset', ['-acp', String(CLIENT_CORE), String(process.pid)], { stdio: 'ignore' })
}

/** A command line that runs another one on this core alone, and ends it when this process goes, however it goes. */
export function onCore(core: number, file: string, args: readonly string[]): [file: string, args: string[]] {
  return ['setpriv', ['--pdeathsig', 'KILL', 'taskset', '-c', String(core), file, ...args]]
}
