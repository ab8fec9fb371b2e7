import { readFileSync } from 'node:fs'
import type { Guard } from '../resilience/guard.ts'

/** A Lua script of this folder: one atomic step on keys that share a hash tag, so that it runs on Redis Cluster too. */
export interface Script {
  readonly name: string
  readonly keys: number
  readonly lua: string
  /** False for a script that only reads: it may as well run late, or twice after a lost connection. */
  readonly bounded: boolean
  /** True for the one that is the health probe. */
  readonly probe: boolean
}

/** Loads `lua/<name>.lua` behind the prelude that all scripts share. */
export function loadScript(name: string, { keys = 1, bounded = true, probe = false } = {}): Script {
  const read = (file: string) => readFileSync(new URL(`lua/${file}.lua`, import.meta.url), 'utf8')
  const lua = `${read('prelude')}\n${read(name)}`
  return { name: `tokenforge_${name.replaceAll('-', '_')}`, keys, lua, bounded, probe }
}

/** Redis as the stores see it: scripts alone, each through the guard and with a deadline of its own. */
export interface RedisHandle {
  readonly guard: Guard
  /**
   * Runs a script at most once. A call that was given up never takes effect later: the script refuses to run past its
   * deadline.
   *
   * @throws AppError `dependency_unavailable`
   */
  run(script: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown>
}
