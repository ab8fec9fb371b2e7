import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, rmSync, statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { childrenOf, freezeFamily, signal, waitForExit } from './processes.ts'
import { endRecorded, recordProcess } from './records.ts'

/** A real server as a child process, for development, for tests and for the chaos driver. */
export interface LocalServer {
  /** What to put into `DATABASE_URL` or `REDIS_URL`; stays the same over restarts. */
  readonly url: string
  readonly port: number
  /** The pid of the running server, `undefined` while it is stopped. */
  readonly pid: number | undefined
  /** Where its own log goes. */
  readonly logFile: string
  /** Starts it again after `stop` or `kill`, on the same port and data, and waits until it answers; nothing when it runs. */
  start(): Promise<void>
  /** Ends it in good order. */
  stop(): Promise<void>
  /** SIGKILL to it and all of its children, as a crash does. */
  kill(): Promise<void>
  /** SIGSTOP to it and all of its children: connections stay open and nothing answers. */
  freeze(): Promise<void>
  /** Lets a frozen server go on; nothing when it is not frozen. */
  thaw(): Promise<void>
}

/** What differs between the servers. */
export interface ChildServerSpec {
  name: string
  url: string
  port: number
  logFile: string
  /** Remembers the pid, so that the next start can end what a killed one left running. */
  recordFile: string
  cwd: string
  command: { file: string; args: string[]; options: { uid?: number; gid?: number } }
  stopSignal: 'SIGINT' | 'SIGTERM'
  /** Whether it answers; asked again until it does. Throws when it never will. */
  isReady(): Promise<boolean>
}

const READY_TIMEOUT = 60_000
const STOP_TIMEOUT = 15_000
const MAX_LOG_SIZE = 1_000_000

/** Makes a server that is not running yet: call `start()`. */
export function childServer(spec: ChildServerSpec): LocalServer {
  let running: { pid: number; exit: Promise<string> } | undefined

  async function start(): Promise<void> {
    if (running !== undefined) return
    await endRecorded(spec.recordFile, spec.stopSignal)
    const logStart = startOfLog(spec.logFile)
    const child = await launch(spec)
    await recordProcess(spec.recordFile, child.pid)
    running = child
    let ended: string | undefined
    void child.exit.then((how) => {
      ended = how
      if (running === child) running = undefined
    })
    try {
      for (const deadline = Date.now() + READY_TIMEOUT; ended === undefined; await sleep(20)) {
        const ready = await Promise.race([spec.isReady(), child.exit.then(() => false)])
        // The second look: somebody else may own the port and have answered while ours was ending.
        if (ready && ended === undefined) return
        if (Date.now() > deadline) throw startError(spec, `${spec.name} did not answer`, logStart)
      }
    } catch (error) {
      // Somebody else may own the port and have refused us: ours is about to end then, and says so.
      await Promise.race([child.exit, sleep(500)])
      if (ended === undefined) {
        await kill()
        throw error
      }
    }
    throw startError(spec, `${spec.name} ended at its start (${ended})`, logStart)
  }

  // Nothing is remembered of a freeze: somebody may have done it by hand.
  async function thaw(): Promise<void> {
    if (running === undefined) return
    for (const pid of [running.pid, ...(await childrenOf(running.pid))]) signal(pid, 'SIGCONT')
  }

  async function stop(): Promise<void> {
    if (running === undefined) return
    const { pid, exit } = running
    await thaw()
    signal(pid, spec.stopSignal)
    const ended = await Promise.race([exit, sleep(STOP_TIMEOUT, undefined, { ref: false })])
    if (ended === undefined) await kill()
    rmSync(spec.recordFile, { force: true })
  }

  async function kill(): Promise<void> {
    if (running === undefined) return
    const { pid, exit } = running
    // Stopped first, so that no child is born between the look and the blow.
    const family = await freezeFamily(pid)
    for (const each of family) signal(each, 'SIGKILL')
    await exit
    await Promise.all(family.map((each) => waitForExit(each, STOP_TIMEOUT)))
    rmSync(spec.recordFile, { force: true })
  }

  async function freeze(): Promise<void> {
    if (running === undefined) throw new Error(`${spec.name} is not running`)
    await freezeFamily(running.pid)
  }

  return {
    url: spec.url,
    port: spec.port,
    logFile: spec.logFile,
    get pid() {
      return running?.pid
    },
    start,
    stop,
    kill,
    freeze,
    thaw,
  }
}

async function launch(spec: ChildServerSpec): Promise<{ pid: number; exit: Promise<string> }> {
  const log = openSync(spec.logFile, 'a', 0o600)
  try {
    const { file, args, options } = spec.command
    const child = spawn(file, args, {
      ...options,
      cwd: spec.cwd,
      // Nothing of ours may reach it: neither secrets nor PGPORT or NODE_OPTIONS.
      env: { PATH: process.env.PATH ?? '', LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', log, log],
      // A session of its own: Ctrl-C in the terminal is for the launcher, which ends the servers in the right order.
      detached: true,
    })
    const exit = new Promise<string>((resolve) => {
      child.once('exit', (code, name) => resolve(name ?? `exit code ${code}`))
    })
    await once(child, 'spawn')
    return { pid: child.pid as number, exit }
  } finally {
    closeSync(log)
  }
}

function startOfLog(file: string): number {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  if (size < MAX_LOG_SIZE) return size
  rmSync(file)
  return 0
}

function startError(spec: ChildServerSpec, message: string, logStart: number): Error {
  const log = readFileSync(spec.logFile).subarray(logStart).toString('utf8').trim()
  const lines = log.split('\n').slice(-8).join('\n')
  const error: NodeJS.ErrnoException = new Error(`${message}\n${lines}`)
  if (/address already in use/i.test(log)) error.code = 'EADDRINUSE'
  return error
}
