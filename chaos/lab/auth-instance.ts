import { setTimeout as sleep } from 'node:timers/promises'
import type { BreakerEvent, LogEvent, ProcessEvent } from '../history/events.ts'
import { isLive, untilIt } from './health.ts'
import { type InstanceCommand, type InstanceProcess, startProcess } from './instance-process.ts'
import type { AuthInstance } from './lab.ts'
import { readLogLine } from './log-lines.ts'

const START_TIMEOUT_MS = 20_000
/** The server's own grace is 10 s; one that needs longer than this has lost its way. */
const STOP_TIMEOUT_MS = 20_000

export interface InstanceSpec extends Omit<InstanceCommand, 'onLine'> {
  readonly name: string
  /** Of 127.0.0.1. */
  readonly port: number
  /** Where it says that it is ready to work; `/health/live`. */
  readonly healthPath?: string
  onEvent(happening: ProcessEvent | LogEvent | BreakerEvent): void
}

/** A server, of auth unless another program is named, that is not running yet: call `start()`. */
export function authInstance(spec: InstanceSpec): AuthInstance {
  const { name, port, healthPath, onEvent } = spec
  const url = `http://127.0.0.1:${port}`
  const env = { ...spec.env, HOST: '127.0.0.1', PORT: String(port) }
  let running: InstanceProcess | undefined
  /** The process that is being ended by `stop` or `kill`, or by somebody who said so. */
  let unwanted: InstanceProcess | undefined

  function onLine(line: string): void {
    const happening = readLogLine(name, line)
    if (happening !== undefined) onEvent(happening)
  }

  async function start(): Promise<void> {
    if (running !== undefined) return
    const child = await startProcess({ ...spec, env, onLine })
    const { pid } = child
    running = child
    onEvent({ type: 'process', instance: name, pid, stage: 'started' })
    void child.exit.then((how) => {
      if (running === child) running = undefined
      onEvent({ type: 'process', instance: name, pid, stage: 'exited', how, wanted: unwanted === child })
    })
    try {
      await untilIt(() => isLive(url, healthPath), { timeoutMs: START_TIMEOUT_MS, ended: child.ended })
    } catch (error) {
      await kill()
      throw startError(name, error as Error, child.tail())
    }
    onEvent({ type: 'process', instance: name, pid, stage: 'ready' })
  }

  async function end(signal: NodeJS.Signals): Promise<string> {
    if (running === undefined) return 'was not running'
    const child = running
    unwanted = child
    child.signal(signal)
    const late = sleep(STOP_TIMEOUT_MS, 'late' as const, { ref: false })
    if ((await Promise.race([child.exit, late])) === 'late') child.signal('SIGKILL')
    return child.exit
  }

  const kill = async (): Promise<void> => void (await end('SIGKILL'))

  return {
    name,
    url,
    get pid() {
      return running?.pid
    },
    start,
    stop: () => end('SIGTERM'),
    kill,
    async expectEnd() {
      unwanted = running
      return (await running?.exit) ?? 'was not running'
    },
  }
}

function startError(name: string, { message }: Error, tail: string): Error {
  const error: NodeJS.ErrnoException = new Error(`${name} did not start: ${message}\n${tail}`)
  if (tail.includes('is already in use')) error.code = 'EADDRINUSE'
  return error
}
