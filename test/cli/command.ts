import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import { run } from '../../cli/run.ts'
import { cleanEnvironment, nodeCommand } from '../fixtures/environment.ts'

const MAIN = join(import.meta.dirname, '../../cli/main.ts')
const UNSET = {
  TOKENFORGE_URL: '',
  ADMIN_API_KEY: '',
  DATABASE_URL: '',
  MIGRATION_DATABASE_URL: '',
  DATABASE_CA_FILE: '',
  AUDIT_KEY: '',
  KEY_ENCRYPTION_KEY: '',
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

/** Runs `tokenforge` to its end in this process, which takes a tenth of the time. */
export async function command(words: readonly string[], env: Record<string, string> = {}) {
  const [out, err] = [new PassThrough(), new PassThrough()]
  const written = Promise.all([text(out), text(err)])
  const code = await run(words, { env, out, err, signal: new AbortController().signal })
  for (const stream of [out, err]) stream.end()
  const [first, second] = await written
  return { out: first, err: second, code }
}
