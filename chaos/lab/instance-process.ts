import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { nodeCommand } from '../../local/node-command.ts'
import packageJson from '../../package.json' with { type: 'json' }

const ROOT = join(import.meta.dirname, '../..')
const LINES_KEPT = 10

/** One run of a server. */
export interface InstanceProcess {
  readonly pid: number
  /** Resolves with how it ended, `exit code 0` or `SIGKILL`, once its log has been read to the end. */
  readonly exit: Promise<string>
  /** The same, when it has ended. */
  ended(): string | undefined
  /** Its last words. */
  tail(): string
  signal(name: NodeJS.Signals): void
}

export interface InstanceCommand {
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string>>
  /** Its working directory, by which it is found when nobody else is left to end it. */
  readonly cwd: string
  /** What Node runs, an absolute path; what `npm start` runs when it is left out. */
  readonly program?: string
  /** Modules that Node loads before the server. */
  readonly imports: readonly string[]
  readonly logFile: string | undefined
  onLine(line: string): void
}

/** Starts a server. Resolves when there is a process. */
export async function startProcess(command: InstanceCommand): Promise<InstanceProcess> {
  const { env, cwd, program, imports, logFile, onLine } = command
  const [file, args] = nodeCommand(...imports.flatMap(importing), ...(program ? [program] : startArguments()))
  // In a group of its own: Ctrl-C in the terminal is for the harness, which ends everything in the right order.
  const child = spawn(file, args, { cwd, env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  await once(child, 'spawn')
  let end: string | undefined
  const exit = new Promise<string>((resolve) => {
    child.once('close', (code, signal) => {
      end = signal ?? `exit code ${code}`
      resolve(end)
    })
  })
  const log = logFile === undefined ? undefined : createWriteStream(logFile, { flags: 'a' })
  void exit.then(() => log?.end())
  const last: string[] = []
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on('line', (line) => {
      log?.write(`${line}\n`)
      if (last.push(line) > LINES_KEPT) last.shift()
      onLine(line)
    })
  }
  return {
    pid: child.pid as number,
    exit,
    ended: () => end,
    tail: () => last.join('\n'),
    signal: (name) => void child.kill(name),
  }
}

/** The arguments of `npm start`, which must find the server from another folder. */
function startArguments(): string[] {
  const [, ...args] = packageJson.scripts.start.split(' ')
  return args.map((each) => (each.startsWith('-') ? each : join(ROOT, each)))
}

function importing(module: string): string[] {
  return ['--import', module.startsWith('/') ? pathToFileURL(module).href : module]
}
