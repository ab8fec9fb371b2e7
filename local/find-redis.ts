import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A program that speaks Redis. */
export interface RedisProgram {
  path: string
  name: 'redis-server' | 'valkey-server'
  /** For instance `7.0.15`. */
  version: string
}

// Where package managers put it although an ordinary user's PATH may not say so.
const MORE_FOLDERS = ['/usr/local/bin', '/opt/homebrew/bin', '/usr/bin', '/usr/sbin']

/** Finds `redis-server`, else `valkey-server`; `undefined` when there is none that runs. */
export async function findRedis(path = process.env.PATH ?? '', more = MORE_FOLDERS): Promise<RedisProgram | undefined> {
  const folders = [...path.split(delimiter).filter(Boolean), ...more]
  for (const name of ['redis-server', 'valkey-server'] as const) {
    for (const folder of folders) {
      const version = await versionOf(join(folder, name))
      if (version !== undefined) return { path: join(folder, name), name, version }
    }
  }
  return undefined
}

async function versionOf(path: string): Promise<string | undefined> {
  try {
    await access(path, constants.X_OK)
    const { stdout } = await run(path, ['--version'])
    return /v=(\S+)/.exec(stdout)?.[1] ?? 'unknown version'
  } catch {
    return undefined
  }
}
