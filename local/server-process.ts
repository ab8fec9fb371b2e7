import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, rmSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import packageJson from '../package.json' with { type: 'json' }
import { recordProcess } from './records.ts'

/** The TokenForge server, run as a child by the launcher. */
export interface ServerProcess {
  /** Resolves when it ends by itself or is ended, with how: `exit code 1`, `SIGKILL`. */
  exit: Promise<string>
  /**
   * Resolves when it is ready to serve everything; rejects when it ends first or takes longer than `timeout`
   * milliseconds, or with what `goOn` throws, which is called at every look.
   */
  ready(timeout: number, goOn: () => void): Promise<void>
  /** Lets it finish its requests and waits for its end. */
  stop(): Promise<void>
  /** From now on each line of its log goes to `sink`; those from before, too. */
  showLog(sink: (line: string) => void): void
}

// The server's own grace is 10 s; one that needs longer than this has lost its way.
const STOP_TIMEOUT = 15_000

/**
 * Starts what `npm start` starts.
 *
 * @param options.record where its pid is remembered, for the launcher that comes after a killed one
 * @param options.logFile a copy of its log, as JSON lines
 * @param options.url where it is going to listen
 */
export async function startServer(options: {
  root: string
  env: NodeJS.ProcessEnv
  record: string
  logFile: string
  url: string
}): Promise<ServerProcess> {
  // The command of `npm start`, on this Node.
  const [, ...args] = packageJson.scripts.start.split(' ')
  const child = spawn(process.execPath, args, {
    cwd: options.root,
    env: options.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C is for the launcher, which ends this one before the databases.
    detached: true,
  })
  const exit = new Promise<string>((resolve) => {
    child.once('close', (code, name) => resolve(name ?? `exit code ${code}`))
  })

  // At once: when the process ends, Node throws away what nobody has begun to read.
  const file = createWriteStream(options.logFile, { mode: 0o600 })
  const early: string[] = []
  let sink = (line: string): void => void early.push(line)
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      file.write(`${line}\n`)
      sink(line)
    })
  }
  void exit.then(() => file.end())

  let ended: string | undefined
  void exit.then((how) => {
    ended = how
  })
  await once(child, 'spawn')
  await recordProcess(options.record, child.pid as number)

  return {
    exit,
    async ready(timeout, goOn) {
      let last = 'no answer'
      for (const deadline = Date.now() + timeout; ended === undefined; await sleep(50)) {
        goOn()
        last = await readiness(options.url)
        if (last === 'ok') return
        if (Date.now() > deadline) throw new Error(`the server did not become ready: ${last}`)
      }
      throw new Error(`the server ended at its start (${ended}):\n${early.slice(-10).join('\n')}`)
    },
    async stop() {
      child.kill('SIGTERM')
      const late = sleep(STOP_TIMEOUT, 'late' as const, { ref: false })
      if ((await Promise.race([exit, late])) === 'late') child.kill('SIGKILL')
      await exit
      rmSync(options.record, { force: true })
    },
    showLog(next) {
      for (const line of early.splice(0)) next(line)
      sink = next
    },
  }
}

// `ok`, or why not yet: what the server says of itself, or that it does not answer.
async function readiness(url: string): Promise<string> {
  try {
    // A connection that is kept alive would be waited for at the end.
    const headers = { connection: 'close' }
    const answer = await fetch(`${url}/health/ready`, { headers, signal: AbortSignal.timeout(1_000) })
    const body = (await answer.json()) as { status?: unknown; dependencies?: unknown }
    if (answer.status === 200 && body.status === 'ok') return 'ok'
    return `${body.status ?? answer.status} ${JSON.stringify(body.dependencies ?? {})}`
  } catch {
    return 'no answer'
  }
}
