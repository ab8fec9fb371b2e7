import { spawn } from 'node:child_process'

/** How a program ended, and what it wrote. */
export interface Ran {
  /** `undefined` when it was not there, or ran longer than it may. */
  readonly code: number | undefined
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly cwd?: string
  readonly timeoutMs?: number
}

/** Longer than services are usually given to end in good order. */
const TIMEOUT_MS = 150_000
const MAX_MESSAGE = 300

/** Runs a program to its end. Never throws. */
export function run([file = '', ...args]: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { cwd, timeoutMs = TIMEOUT_MS } = options
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      ...(cwd !== undefined && { cwd }),
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      // Ctrl-C in the terminal is for the harness: the engine would finish what was begun, with nobody waiting for it.
      detached: true,
    })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.on('error', (error) => resolve({ code: undefined, stdout, stderr: error.message }))
    child.on('close', (code) => resolve({ code: code ?? undefined, stdout, stderr }))
  })
}

/** Runs a program and gives what it wrote. Throws its last words when it fails. */
export async function output(command: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await run(command, options)
  if (code === 0) return stdout
  throw new Error(
    `${command.join(' ')}: ${lastLine(stderr) || (code === undefined ? 'took too long' : `exit code ${code}`)}`,
  )
}

/** What is wrong stands at the end of it, with some of Compose after a whole page in one line. */
function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.slice(-MAX_MESSAGE) ?? ''
}
