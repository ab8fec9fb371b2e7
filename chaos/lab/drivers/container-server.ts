import { setTimeout as sleep } from 'node:timers/promises'
import type { DependencyServer } from '../lab.ts'
import { type Container, type Engine, tolerating } from './engine.ts'

const READY_TIMEOUT_MS = 60_000
const PAUSE_MS = 20
/** Before `docker stop` becomes `docker kill`. */
const STOP_TIMEOUT_S = 20
const LOG_LINES = 10
const NOT_MODIFIED = 304
const CONFLICT = 409

export interface ContainerServerSpec {
  readonly engine: Engine
  readonly container: Container
  /** Of the container. */
  readonly name: string
  readonly url: string
  /** Whether the server in it answers. */
  isReady(): Promise<boolean>
}

/**
 * A server in a container that is there already, running or not. Nothing is remembered: each verb begins with a look at
 * the container, which somebody may have stopped or paused by hand.
 */
export function containerServer({ engine, container, name, url, isReady }: ContainerServerSpec): DependencyServer {
  const state = async () => (await container.inspect()).State

  async function start(): Promise<void> {
    for (const deadline = performance.now() + READY_TIMEOUT_MS; ; await sleep(PAUSE_MS)) {
      const { Running, Paused } = await state()
      if (Paused) await container.unpause()
      // Not modified: it is about to end, and the engine does not know it yet. The next look tells.
      else if (!Running) await tolerating(NOT_MODIFIED, container.start())
      else if (await isReady()) return
      if (performance.now() > deadline) throw new Error(await silence())
    }
  }

  async function thaw(): Promise<void> {
    if ((await state()).Paused) await container.unpause()
  }

  async function freeze(): Promise<void> {
    const { Running, Paused } = await state()
    if (!Running) throw new Error(`${name} is not running`)
    if (!Paused) await container.pause()
  }

  async function stop(): Promise<void> {
    // What is frozen does not hear the signal.
    await thaw()
    await tolerating(NOT_MODIFIED, container.stop({ t: STOP_TIMEOUT_S }))
  }

  async function kill(): Promise<void> {
    await thaw()
    // Conflict: it does not run.
    await tolerating(CONFLICT, container.kill())
    // A start straight afterwards would find it still running, and do nothing.
    await container.wait({ condition: 'not-running' })
  }

  async function silence(): Promise<string> {
    const { Running, ExitCode } = await state()
    const log = await engine.container.logs(container, { follow: false, tail: LOG_LINES })
    const lines = (await log.toArray()).join('').trim()
    const how = Running ? 'runs' : `ended with ${ExitCode}`
    return `${name} ${how} and does not answer on ${new URL(url).host}; its log:\n${lines}`
  }

  return { url, start, thaw, freeze, stop, kill }
}
