import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { nodeCommand } from '../../local/node-command.ts'
import { freePort } from '../../local/ports.ts'
import { onCore } from './cores.ts'

const START_TIMEOUT_MS = 20_000
const POLL_MS = 10
/** What `/proc` counts CPU time in (`getconf CLK_TCK`, 100 on every Linux that Node runs on). */
const TICKS_PER_SECOND = 100
const PAGE_BYTES = 4096

/** A process on a core of its own. */
export interface Child {
  readonly process: ChildProcess
  readonly pid: number
  /** CPU time of all its threads so far, in seconds. */
  cpuSeconds(): number
  residentBytes(): number
  stop(): Promise<void>
}

/** One that serves HTTP. */
export interface ServerChild extends Child {
  readonly url: string
  /** From its start to its first answer, in milliseconds. */
  readonly startMs: number
}

export interface ChildCommand {
  readonly core: number
  /** Of Node. */
  readonly args: readonly string[]
  /** Its whole environment, beside the path. */
  readonly env?: Readonly<Record<string, string>>
  readonly ipc?: boolean
}

/** Starts Node on a core. What it logs goes nowhere, for every contestant alike; its last words are for errors. */
export async function startChild({ core, args, env = {}, ipc = false }: ChildCommand): Promise<Child> {
  const child = spawn(...onCore(core, ...nodeCommand(...args)), {
    env: { PATH: process.env.PATH ?? '', NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'ignore', 'inherit', ...(ipc ? (['ipc'] as const) : [])],
  })
  await once(child, 'spawn')
  const pid = child.pid as number
  const exited = once(child, 'exit')
  const stat = () => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return {
    process: child,
    pid,
    cpuSeconds: () => (Number(stat()[11]) + Number(stat()[12])) / TICKS_PER_SECOND,
    residentBytes: () => Number(stat()[21]) * PAGE_BYTES,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
      await exited
    },
  }
}

/**
 * Starts a server on a core and waits until it answers 200 on `readyPath`.
 *
 * @param command with HOST and PORT, it listens there
 */
export async function startServer(command: ChildCommand, readyPath: string): Promise<ServerChild> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const begin = performance.now()
  const env = { ...command.env, HOST: '127.0.0.1', PORT: String(port) }
  const child = await startChild({ ...command, env })
  const answered = async () => (await fetch(url + readyPath).catch(() => null))?.status === 200
  while (!(await answered())) {
    if (child.process.exitCode !== null) throw new Error(`${command.args.join(' ')} ended as it started`)
    if (performance.now() - begin > START_TIMEOUT_MS) {
      await child.stop()
      throw new Error(`${command.args.join(' ')} did not answer ${readyPath}`)
    }
    await sleep(POLL_MS)
  }
  return { ...child, url, startMs: performance.now() - begin }
}
