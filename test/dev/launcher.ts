import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { processesIn } from '../../local/processes.ts'
import { recordedProcess } from '../../local/records.ts'
import { cleanEnvironment, nodeCommand } from '../fixtures/environment.ts'

export const ROOT = join(import.meta.dirname, '..', '..')

/** The end of what a launcher prints when it is ready: the last line of the walk-through. */
export const READY = '%{http_code}'

/** A launcher as a test sees it: a process and what it prints. */
export interface Launcher {
  child: ChildProcess
  /** What it has printed so far, errors included. */
  output(): string
  /** Waits until it has printed this. */
  printed(text: string): Promise<void>
  /** Its exit code, or the signal that killed it. */
  exit: Promise<number | NodeJS.Signals | null>
}

/**
 * Starts the launcher on a folder and a port of its own.
 *
 * @param command `npm run dev` as a newcomer types it, instead of Node directly
 */
export function startLauncher(
  t: Test,
  {
    folder,
    port,
    env = {},
    command = nodeCommand('local/dev.ts'),
  }: {
    folder: string
    port: number
    env?: Record<string, string>
    command?: [file: string, args: string[]]
  },
): Launcher {
  const fast = { BCRYPT_COST: '4', SHUTDOWN_GRACE: '300ms' }
  const settings = { TOKENFORGE_DEV_DIR: folder, PORT: String(port), ...fast, ...env }
  const child = spawn(...command, { cwd: ROOT, env: cleanEnvironment(settings), stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)))
  // Not "close": what a killed launcher leaves running may hold its output open.
  const exit = once(child, 'exit').then(([code, signal]) => code ?? signal)
  t.teardown(async () => {
    child.kill('SIGTERM')
    await exit
  })
  return {
    child,
    exit,
    output: () => output,
    async printed(text) {
      for (const deadline = Date.now() + 60_000; !output.includes(text); await sleep(20)) {
        if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) {
          throw new Error(`the launcher has not printed "${text}" but:\n${output}`)
        }
      }
    },
  }
}

/** What still runs of a launcher's servers: pids. */
export async function running(folder: string): Promise<number[]> {
  const server = await recordedProcess(join(folder, 'server.pid.json'))
  return [...(await processesIn(folder)), ...(server === undefined ? [] : [server])]
}

/** Runs lines in bash, as if they had been pasted. */
export async function bash(script: string): Promise<string> {
  const child = spawn('bash', { env: cleanEnvironment(), stdio: ['pipe', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)))
  child.stdin.end(script)
  await once(child, 'close')
  return output
}
