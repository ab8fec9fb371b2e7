import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { cleanEnvironment, nodeCommand } from '../fixtures/environment.ts'

const ROOT = join(import.meta.dirname, '../..')

/** What a command of the project has written, and its exit code. */
export interface Ended {
  readonly out: string
  readonly err: string
  readonly code: number | null
}

/** Runs a program of the project, `cli/reseal.ts` for instance, with these settings. */
export async function command(
  [program = '', ...args]: readonly string[],
  { env = {}, cwd = ROOT }: { env?: Record<string, string>; cwd?: string } = {},
): Promise<Ended> {
  const [file, words] = nodeCommand(join(ROOT, program), ...args)
  const child = spawn(file, words, { cwd, env: cleanEnvironment(env), stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { out, err, code }
}
