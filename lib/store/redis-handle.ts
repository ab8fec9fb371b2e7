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
  /** What a reply says went wrong though it is one; none for most scripts. */
  readonly problemOf?: ((reply: unknown) => string | null) | undefined
}

/** The server has answered a script that it could not do all of. */
export class IncompleteReply extends Error {
  override readonly name = 'IncompleteReply'
  readonly reply: unknown

  constructor(problem: string, reply: unknown) {
    super(problem)
    this.reply = reply
  }
}

/** The reply of a script. @throws IncompleteReply which its guard must see: it is a failure of the server */
export function checked(script: Script, reply: unknown): unknown {
  const problem = script.problemOf?.(reply) ?? null
  if (problem !== null) throw new IncompleteReply(problem, reply)
  return reply
}

/** Loads `lua/<name>.lua` behind the prelude that all scripts share. */
export function loadScript(
  name: string,
  { keys = 1, bounded = true, probe = false, problemOf }: Partial<Omit<Script, 'name' | 'lua'>> = {},
): Script {
  const read = (file: string) => readFileSync(new URL(`lua/${file}.lua`, import.meta.url), 'utf8')
  const lua = `${read('prelude')}\n${read(name)}`
  return { name: `tokenforge_${name.replaceAll('-', '_')}`, keys, lua, bounded, probe, problemOf }
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
