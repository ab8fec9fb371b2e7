import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Test } from 'tap'
import { cleanEnvironment, nodeCommand } from '../fixtures/environment.ts'

const MAIN = join(import.meta.dirname, '../../cli/main.ts')
const UNSET = {
  TOKENFORGE_URL: '',
  ADMIN_API_KEY: '',
  DATABASE_URL: '',
  MIGRATION_DATABASE_URL: '',
  DATABASE_CA_FILE: '',
}

export interface CommandRun {
  readonly child: ChildProcess
  /** What it wrote to standard output and standard error so far. */
  readonly written: { out: string; err: string }
  /** Its end. */
  readonly ended: Promise<{ out: string; err: string; code: number | null }>
}

/** Starts `tokenforge` with these words, and nothing in its environment but `env`. It ends with the test. */
export function startCommand(t: Test, words: readonly string[], env: Record<string, string> = {}): CommandRun {
  const [file, args] = nodeCommand(MAIN, ...words)
  const child = spawn(file, args, { env: cleanEnvironment({ ...UNSET, ...env }), stdio: ['ignore', 'pipe', 'pipe'] })
  t.teardown(() => child.kill('SIGKILL'))
  const written = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text) => (written.out += text))
  child.stderr.setEncoding('utf8').on('data', (text) => (written.err += text))
  return { child, written, ended: once(child, 'close').then(([code]) => ({ ...written, code })) }
}

/** Runs `tokenforge` to its end. */
export function command(t: Test, words: readonly string[], env: Record<string, string> = {}) {
  return startCommand(t, words, env).ended
}
